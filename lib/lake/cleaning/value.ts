/** A number of a CSV cell: null where it is missing (`NA`, empty), NaN where it is none. */
export function numberOf(text: string | undefined): number | null {
  if (isMissing(text)) return null;
  return /^-?\d{1,12}(\.\d{1,20})?(e-?\d{1,2})?$/.test(text) ? Number(text) : NaN;
}

/** A text of a CSV cell, null where it is missing. */
export function textOf(text: string | undefined): string | null {
  return isMissing(text) ? null : text;
}

/** The UTC minute of `2013-01-01T10:00:00Z`: null where missing, NaN where it is none. */
export function instantOf(text: string | undefined): number | null {
  if (isMissing(text)) return null;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) / 60_000 : NaN;
}

/** Minutes after midnight of `hhmm` (2400 is 1440); NaN where there is no such time. */
export function clockOf(hhmm: number): number {
  const [hour, minute] = [Math.floor(hhmm / 100), hhmm % 100];
  const real = Number.isInteger(hhmm) && hhmm >= 0 && minute < 60 && (hour < 24 || hhmm === 2400);
  return real ? hour * 60 + minute : NaN;
}

/** True where a number is present, and not a whole one between two bounds. */
export function outside(value: number | null, least: number, most: number, whole = true): boolean {
  return value !== null && !(value >= least && value <= most && (!whole || Number.isInteger(value)));
}

/** True where a text is present and does not have a form. */
export function unlike(text: string | null, form: RegExp): boolean {
  return text !== null && !form.test(text);
}

function isMissing(text: string | undefined): text is undefined | '' | 'NA' {
  return text === undefined || text === '' || text === 'NA';
}
