import { QUANTILE_LEVELS } from '../../lib/events/mod.ts';
import { brier, calibrationError, coverage, meanOf, pinball, reliability, rocAuc, type ReliabilityBin } from '../../lib/statistics/mod.ts';
import { hasDeparture, lossesOf, pointLoss, type Scored } from './scored.ts';

/** Central intervals by their nominal coverage, as indices into `QUANTILE_LEVELS`; the 50 % interval has no level at 0.25 exactly, but 0.25 and 0.75 are levels 5 and 15 of 20. */
export const INTERVALS = { 50: [4, 14], 80: [1, 17], 90: [0, 18] } as const;

/** Measures of departures still to come, over rows. Minutes; NaN where nothing could be measured. */
export interface Measures {
  readonly rows: number;
  readonly flights: number;
  readonly pinball: number;
  readonly pinballRule: number;
  readonly pinballChampion: number;
  /** 1 - candidate / rule. */
  readonly skill: number;
  readonly brier30: number;
  readonly brier30Rule: number;
  readonly auc30: number;
  readonly calibration30: number;
  readonly coverage50: number;
  readonly coverage80: number;
  readonly coverage90: number;
}

/** The measures of any set of rows. */
export function measure(rows: readonly Scored[]): Measures {
  const departures = rows.filter(hasDeparture);
  const losses = departures.map(lossesOf);
  const late = departures.map((row) => row.outcome.departureDelay! >= 30);
  const p30 = departures.map((row) => row.candidate.departure.p30);
  const candidate = meanOf(losses.map((loss) => loss.candidate));
  const rule = meanOf(losses.map((loss) => loss.rule));
  return {
    rows: departures.length,
    flights: new Set(departures.map((row) => row.leg.flight)).size,
    pinball: candidate,
    pinballRule: rule,
    pinballChampion: meanOf(losses.map((loss) => loss.champion)),
    skill: 1 - candidate / rule,
    brier30: meanOf(p30.map((probability, index) => brier(probability, late[index]!))),
    brier30Rule: meanOf(departures.map((row, index) => brier(row.candidate.rule.departure >= 30 ? 1 : 0, late[index]!))),
    auc30: rocAuc(p30, late),
    calibration30: calibrationError(reliability(p30, late)),
    ...coverages(departures),
  };
}

/** Reliability of P(late >= 30) in ten bins. */
export function reliability30(rows: readonly Scored[]): ReliabilityBin[] {
  const departures = rows.filter(hasDeparture);
  return reliability(departures.map((row) => row.candidate.departure.p30), departures.map((row) => row.outcome.departureDelay! >= 30));
}

/** Measures of arrivals that were still to come. */
export function measureArrivals(rows: readonly Scored[]): { rows: number; pinball: number; pinballRule: number } {
  const arrivals = rows.filter((row) => row.outcome.arrivalDelay !== null && row.leg.on === null);
  return {
    rows: arrivals.length,
    pinball: meanOf(arrivals.map((row) => pinball(row.candidate.arrival.quantiles, QUANTILE_LEVELS, row.outcome.arrivalDelay!))),
    pinballRule: meanOf(arrivals.map((row) => pointLoss(row.candidate.rule.arrival, row.outcome.arrivalDelay!))),
  };
}

/** Measures of the cancellation probability before departure; the reference is the share of cancelled ones. */
export function measureCancellation(rows: readonly Scored[]): { rows: number; share: number; brier: number; brierOfShare: number; auc: number } {
  const open = rows.filter((row) => row.candidate.departed === null);
  const cancelled = open.map((row) => row.outcome.state === 'cancelled');
  const share = meanOf(cancelled.map(Number));
  return {
    rows: open.length,
    share,
    brier: meanOf(open.map((row, index) => brier(row.candidate.cancellation, cancelled[index]!))),
    brierOfShare: share * (1 - share),
    auc: rocAuc(open.map((row) => row.candidate.cancellation), cancelled),
  };
}

function coverages(departures: readonly Scored[]): { coverage50: number; coverage80: number; coverage90: number } {
  const truth = departures.map((row) => row.outcome.departureDelay!);
  const of = ([low, high]: readonly [number, number]): number => coverage(
    departures.map((row) => row.candidate.departure.quantiles[low]!), departures.map((row) => row.candidate.departure.quantiles[high]!), truth,
  );
  return { coverage50: of(INTERVALS[50]), coverage80: of(INTERVALS[80]), coverage90: of(INTERVALS[90]) };
}
