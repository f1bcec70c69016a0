/** Local time. A pure function of the time zone database that Node carries. */

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

/** True for a name of the time zone database. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Minutes that local time in a zone is ahead of UTC at a UTC minute. */
export function offsetAt(zone: string, minute: number): number {
  const midnight = Math.floor(minute / 1440) * 1440;
  const offset = rememberedOffset(zone, midnight);
  // Most days have one offset; on the others it changes on a full quarter of an hour.
  return offset === rememberedOffset(zone, midnight + 1440) ? offset : rememberedOffset(zone, Math.floor(minute / 15) * 15);
}

function rememberedOffset(zone: string, minute: number): number {
  let known = offsets.get(zone);
  if (known === undefined) {
    known = new Map<number, number>();
    offsets.set(zone, known);
  }
  let offset = known.get(minute);
  if (offset === undefined) {
    const parts = Object.fromEntries(formatOf(zone).formatToParts(minute * 60_000).map(({ type, value }) => [type, Number(value)]));
    offset = Date.UTC(parts['year'] ?? NaN, (parts['month'] ?? NaN) - 1, parts['day'], parts['hour'], parts['minute']) / 60_000 - minute;
    known.set(minute, offset);
  }
  return offset;
}

/**
 * The UTC minutes at which a zone's clocks show a local minute (minutes since
 * 1970-01-01T00:00 local): one; two in the hour that is lived twice; for the
 * hour that is skipped, the instant that the clocks before the change give.
 */
export function utcOf(zone: string, local: number): number[] {
  const before = offsetAt(zone, local - 26 * 60);
  const after = offsetAt(zone, local + 26 * 60);
  const found = [...new Set([before, after])].map((offset) => local - offset).filter((minute) => offsetAt(zone, minute) === local - minute);
  return found.length > 0 ? found.sort((a, b) => a - b) : [local - before];
}

/** Minutes from 1970-01-01T00:00 to the beginning of a day `YYYY-MM-DD` (of whichever clock the day is meant in). */
export function dayMinute(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 60_000;
}

/** The day `count` days after another. */
export function dayAfter(day: string, count = 1): string {
  return dayOf(dayMinute(day) + count * 1440);
}

/** The day of a minute, the reverse of `dayMinute`. */
export function dayOf(minute: number): string {
  return new Date(minute * 60_000).toISOString().slice(0, 10);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' });
    formats.set(zone, format);
  }
  return format;
}
