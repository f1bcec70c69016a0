/** P(Z <= x) of the standard normal: Simpson's rule on the density, error below 1e-9. */
export function normalCdf(x: number): number {
  if (x < -9) return 0;
  if (x > 9) return 1;
  return 0.5 + integral((z) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI), x);
}

/** P(T <= x) of Student's t. `freedom` is a whole number from 1 on. */
export function studentCdf(x: number, freedom: number): number {
  // With t = sqrt(v) tan(a) the density is proportional to cos(a)^(v-1): bounded and smooth on a finite span.
  const density = (angle: number): number => Math.cos(angle) ** (freedom - 1);
  return 0.5 + integral(density, Math.atan(x / Math.sqrt(freedom))) / (2 * integral(density, Math.PI / 2));
}

/** The x with P(T <= x) = level, by bisection. */
export function studentQuantile(level: number, freedom: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`a level is in (0, 1), got ${level}`);
  let low = -Math.PI / 2;
  let high = Math.PI / 2;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (studentCdf(Math.sqrt(freedom) * Math.tan(middle), freedom) < level) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/** Integral from 0 to `to`, Simpson's rule with 400 parts. */
function integral(density: (x: number) => number, to: number): number {
  const parts = 400;
  const width = to / parts;
  let sum = density(0) + density(to);
  for (let part = 1; part < parts; part += 1) sum += density(part * width) * (part % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}
