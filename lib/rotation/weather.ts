import { canonicalJson, type UtcMinute, type WeatherObserved } from '../events/mod.ts';

/** One observation and when it became known. */
export interface Observation { readonly seen: WeatherObserved; readonly knownAt: UtcMinute }

/** Observations kept of an airport: the last seven hours, for trends. */
const KEPT = 7;

/** Puts an observation among those of its airport (ascending in time; of two for one instant the later known wins). Returns the new list. */
export function withObservation(list: readonly Observation[], seen: WeatherObserved, knownAt: UtcMinute): readonly Observation[] {
  const same = list.find((one) => one.seen.at === seen.at);
  if (same !== undefined && !winsOver(seen, knownAt, same)) return list;
  return [...list.filter((one) => one !== same), { seen, knownAt }].sort((a, b) => a.seen.at - b.seen.at).slice(-KEPT);
}

/** The newest observation that is not of the future. */
export function latest(list: readonly Observation[] | undefined, now: UtcMinute): WeatherObserved | null {
  if (list === undefined) return null;
  for (let index = list.length - 1; index >= 0; index--) {
    const seen = list[index]!.seen;
    if (seen.at <= now) return seen;
  }
  return null;
}

/** The observation at an instant. */
export function observedAt(list: readonly Observation[], at: UtcMinute): WeatherObserved | null {
  for (const one of list) if (one.seen.at === at) return one.seen;
  return null;
}

function winsOver(seen: WeatherObserved, knownAt: UtcMinute, before: Observation): boolean {
  if (knownAt !== before.knownAt) return knownAt > before.knownAt;
  return canonicalJson(seen) > canonicalJson(before.seen);
}
