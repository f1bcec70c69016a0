import { z } from 'zod';

/** Whole minutes since 1970-01-01T00:00Z. The domain's only clock value. */
export type UtcMinute = number;

/** `2013-06-10T12:30Z` of a minute. */
export function formatMinute(minute: UtcMinute): string {
  return `${new Date(minute * 60_000).toISOString().slice(0, 16)}Z`;
}

/** The minute of an ISO 8601 instant (seconds are cut off); NaN when it is not one. */
export function parseMinute(text: string): UtcMinute {
  return Math.floor(Date.parse(text) / 60_000);
}

/** An instant: ISO 8601 UTC on the wire, `UtcMinute` in memory. */
export const utcMinute = z.codec(
  z.string().max(40).regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/, 'wants an instant in UTC such as 2013-06-10T12:30Z'),
  z.number().int(),
  { decode: parseMinute, encode: formatMinute },
);

/** An operating day, `YYYY-MM-DD`: the local calendar day of the scheduled departure at its origin. */
export const operatingDay = z.string().regex(/^\d{4}-\d\d-\d\d$/);
