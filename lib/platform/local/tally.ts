/** Requests, 5xx answers and the times of the last 2,048 HTTP answers of a revision. */
export class Tally {
  requests = 0;
  errors = 0;
  readonly #times = new Float64Array(2_048);
  #count = 0;

  /** Counts an answer; `milliseconds` of HTTP requests only, batches of events are another thing. */
  add(status: number, milliseconds?: number): void {
    this.requests += 1;
    if (status >= 500) this.errors += 1;
    if (milliseconds !== undefined) this.#times[this.#count++ % this.#times.length] = milliseconds;
  }

  /** A quantile of the kept times in milliseconds, nearest rank; 0 when there are none. */
  quantile(share: number): number {
    const kept = this.#times.slice(0, Math.min(this.#count, this.#times.length)).sort();
    return kept[Math.max(0, Math.ceil(share * kept.length) - 1)] ?? 0;
  }
}
