import type { Figure } from './comparison.ts';
import type { World } from './world.ts';

/** One benchmark: the product beside its peer, on the same input, in the same run. */
export interface Benchmark {
  /** One word, for `--only`. */
  readonly name: string;
  readonly product: string;
  readonly peer: string;
  /** `until`: instant (`performance.now()`) by which it should be done. */
  run(world: World, until: number): Promise<Figure[]>;
}
