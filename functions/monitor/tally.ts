import type { LabelResolved, RotationChanged } from '../../lib/events/mod.ts';

/** Bin edges of departure delay for label drift, minutes. */
export const DELAY_EDGES: readonly number[] = [-5, 0, 5, 15, 30, 60, 120];
/** One of so many rotation messages gives a vector to the sample. */
export const SAMPLE_EVERY = 32;
/** The checkpoint at which realised quality is judged: two hours ahead, the business's horizon. */
export const QUALITY_CHECKPOINT = '120';

/** Sums of one operating day. */
export interface Tally {
  messages: number;
  stale: number;
  /** Sampled vectors, one row each; null = missing. */
  vectors: (number | null)[][];
  states: Record<string, number>;
  delays: number[];
  /** Bundle → sums of what it predicted in production. */
  bundles: Record<string, QualitySums>;
}

export interface QualitySums {
  flights: number;
  pinball: number;
  rule: number;
  brier: number;
  /** Departures 30 or more minutes late, and the mean probability given to being so. */
  late: number;
  expectedLate: number;
  /** Outcomes inside the central 80 % interval. */
  covered: number;
}

export function emptyTally(): Tally {
  return { messages: 0, stale: 0, vectors: [], states: {}, delays: DELAY_EDGES.map(() => 0).concat(0), bundles: {} };
}

/** Counts a rotation message; samples the vector of its first open leg. */
export function countVector(tally: Tally, message: RotationChanged): void {
  tally.messages += 1;
  if (message.stale.length > 0) tally.stale += 1;
  if (message.sequence % SAMPLE_EVERY !== 0) return;
  const open = message.legs.find((leg) => leg.features !== null);
  if (open !== undefined) tally.vectors.push(open.features!);
}

/** Counts a label: its state, its delay, and how good the production prediction two hours ahead was. */
export function countLabel(tally: Tally, label: LabelResolved): void {
  tally.states[label.state] = (tally.states[label.state] ?? 0) + 1;
  const delay = label.departureDelay;
  if (delay === null) return;
  const bin = DELAY_EDGES.filter((edge) => delay >= edge).length;
  tally.delays[bin] = tally.delays[bin]! + 1;
  const prediction = label.predictions.find((one) => one.role === 'production' && one.checkpoint === QUALITY_CHECKPOINT);
  if (prediction === undefined || prediction.pinball === null || prediction.rulePinball === null) return;
  const sums = (tally.bundles[prediction.bundle] ??= { flights: 0, pinball: 0, rule: 0, brier: 0, late: 0, expectedLate: 0, covered: 0 });
  const late = delay >= 30 ? 1 : 0;
  sums.flights += 1;
  sums.pinball += prediction.pinball;
  sums.rule += prediction.rulePinball;
  sums.brier += (prediction.p30 - late) ** 2;
  sums.late += late;
  sums.expectedLate += prediction.p30;
  sums.covered += delay >= prediction.quantiles[1]! && delay <= prediction.quantiles[17]! ? 1 : 0;
}
