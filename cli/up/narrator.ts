/** Tells a person on standard error what goes on, each line with the seconds since the start. */
export class Narrator {
  readonly #began = Date.now();
  readonly #last = new Map<string, number>();

  get seconds(): number {
    return (Date.now() - this.#began) / 1_000;
  }

  say(text: string): void {
    console.error(`[${this.seconds.toFixed(1).padStart(6)} s] ${text}`);
  }

  /** Something that changes often: at most one line in `every` milliseconds for each topic. */
  murmur(topic: string, text: string, every = 5_000): void {
    const now = Date.now();
    if (now - (this.#last.get(topic) ?? 0) < every) return;
    this.#last.set(topic, now);
    this.say(`${topic}: ${text}`);
  }
}
