/** Shortest time that is measured, milliseconds: below it the machine's clock ticks and pauses are seen, not the work. */
const SHORTEST = 300;

/** Items a second of a piece of work on `items` of them, repeated until it has taken long enough. */
export async function rateOf(items: number, work: () => Promise<void> | void): Promise<{ rate: number }> {
  const begin = performance.now();
  for (let times = 1; ; times += 1) {
    await work();
    const elapsed = performance.now() - begin;
    if (elapsed >= SHORTEST) return { rate: (items * times) / (elapsed / 1000) };
  }
}
