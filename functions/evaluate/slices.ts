import { FEATURES } from '../../lib/rotation/mod.ts';
import { difference, type Difference } from './comparison.ts';
import { measure, type Measures } from './measures.ts';
import { hasDeparture, type Scored } from './scored.ts';

/** Rows below which a slice is not shown: its numbers would be noise. */
const LEAST_ROWS = 50;

const place = new Map(FEATURES.map((feature, index) => [feature.name, index]));

/** A feature's value in a leg's vector; null where it is missing. */
export function featureOf(row: Scored, name: string): number | null {
  const index = place.get(name);
  if (index === undefined) throw new RangeError(`no feature ${name}`);
  return row.leg.features?.[index] ?? null;
}

/** Local hour of the scheduled departure, from its place on the clock. */
function localHour(row: Scored): number {
  const angle = Math.atan2(featureOf(row, 'local_minute_sin') ?? 0, featureOf(row, 'local_minute_cos') ?? 1);
  return ((angle / (2 * Math.PI)) * 24 + 24) % 24;
}

/** What only all rows together tell. */
export interface Surroundings {
  /** Operating days with heavy delays, and destinations by the flights that go there. */
  readonly stormDays: ReadonlySet<string>;
  readonly destinations: ReadonlyMap<string, number>;
}

/** From this share of flights late by 30 minutes or cancelled on, a day is a storm day. */
const STORM_SHARE = 0.25;

/** The surroundings of rows. */
export function surroundingsOf(rows: readonly Scored[]): Surroundings {
  const flights = new Map(rows.map((row) => [row.leg.flight, row]));
  const days = new Map<string, { all: number; heavy: number }>();
  const destinations = new Map<string, number>();
  for (const { day, leg, outcome } of flights.values()) {
    const sums = days.get(day) ?? { all: 0, heavy: 0 };
    sums.all += 1;
    if (outcome.state === 'cancelled' || (outcome.departureDelay ?? 0) >= 30) sums.heavy += 1;
    days.set(day, sums);
    destinations.set(leg.destination, (destinations.get(leg.destination) ?? 0) + 1);
  }
  return { stormDays: new Set([...days].filter(([, sums]) => sums.heavy / sums.all >= STORM_SHARE).map(([day]) => day)), destinations };
}

/** Each way of cutting: the slice of a row, or null where it is in none. */
export const CUTS: Readonly<Record<string, (row: Scored, surroundings: Surroundings) => string | null>> = {
  carrier: (row) => row.leg.carrier,
  origin: (row) => row.leg.origin,
  'destination-size': (row, { destinations }) => {
    const count = destinations.get(row.leg.destination) ?? 0;
    return count >= 60 ? 'large' : count >= 15 ? 'medium' : 'small';
  },
  wave: (row) => (localHour(row) < 9 ? 'first' : localHour(row) >= 18 ? 'last' : 'middle'),
  turn: (row) => { const slack = featureOf(row, 'turn_slack'); return slack === null ? 'none' : slack < 30 ? 'short' : 'long'; },
  day: (row, { stormDays }) => (stormDays.has(row.day) ? 'storm' : 'calm'),
  weather: (row) => {
    if (featureOf(row, 'weather_age') === null) return 'missing';
    const bad = (featureOf(row, 'precipitation') ?? 0) > 0 || (featureOf(row, 'visibility') ?? 10) < 3 || (featureOf(row, 'wind_gust') ?? 0) > 30;
    return bad ? 'bad' : 'fair';
  },
  tail: (row) => (row.leg.categories?.includes('unknown') === true ? 'unknown' : 'assigned'),
  holiday: (row) => ((featureOf(row, 'holiday_distance') ?? 7) <= 1 ? 'near' : 'far'),
  lead: (row) => leadBucket(row.candidate.lead),
  position: (row) => (row.candidate.position >= 3 ? '3+' : String(row.candidate.position)),
};

/** Lead in words, minutes. */
export function leadBucket(lead: number): string {
  if (lead < 0) return 'overdue';
  const bounds = [60, 120, 240, 480];
  const index = bounds.findIndex((bound) => lead < bound);
  return index < 0 ? '480+' : `${index === 0 ? 0 : bounds[index - 1]}-${bounds[index]}`;
}

/** A slice with its measures. */
export interface Slice extends Measures { readonly cut: string; readonly slice: string; readonly againstRule: Difference }

/** All slices with enough rows. `seed` is that of the intervals. */
export function sliceAll(rows: readonly Scored[], surroundings: Surroundings, seed: number): Slice[] {
  return Object.entries(CUTS).flatMap(([cut, of]) => {
    const groups = new Map<string, Scored[]>();
    for (const row of rows) {
      const slice = of(row, surroundings);
      if (slice === null || !hasDeparture(row)) continue;
      const group = groups.get(slice);
      if (group === undefined) groups.set(slice, [row]);
      else group.push(row);
    }
    return [...groups].filter(([, group]) => group.length >= LEAST_ROWS).sort(([a], [b]) => (a < b ? -1 : 1)).map(([slice, group]) => ({
      cut, slice, ...measure(group), againstRule: difference(group, (_, losses) => losses.rule, seed),
    }));
  });
}

/**
 * Whom the model serves worse than others: skill and the miscoverage of the
 * 80 % interval of each carrier and size of destination, against all. Carriers
 * and small communities are whom a flight model can be unfair to; persons are
 * not in the data.
 */
export function fairness(slices: readonly Slice[], overall: Measures): { cut: string; slice: string; rows: number; skill: number; skillGap: number; coverage80: number }[] {
  return slices
    .filter((slice) => slice.cut === 'carrier' || slice.cut === 'destination-size')
    .map(({ cut, slice, rows, skill, coverage80 }) => ({ cut, slice, rows, skill, skillGap: skill - overall.skill, coverage80 }))
    .sort((a, b) => a.skillGap - b.skillGap);
}
