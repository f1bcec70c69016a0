import { DownlineError } from '../../errors/mod.ts';
import type { TrafficTarget } from '../platform.ts';

export type Tag = NonNullable<TrafficTarget['tag']>;

/** Where requests go: immutable; a change of traffic is another one. */
export class Traffic {
  readonly targets: readonly TrafficTarget[];
  /** In the order in which shares are laid out: production first, so that a canary that grows keeps the rotations it has. */
  readonly #order: readonly TrafficTarget[];
  #turn = 0;

  constructor(targets: readonly TrafficTarget[]) {
    this.targets = targets;
    this.#order = [...targets].sort((a, b) => rank(a) - rank(b));
  }

  /** The target of a request: by its key, the same key always to the same side; without one by turns, in proportion. */
  pick(key: string | null): TrafficTarget | null {
    // The golden ratio's multiples spread evenly over [0, 1) at any length of the sequence.
    const place = key === null ? (this.#turn++ * 0.618_033_988_749_895) % 1 * 100 : (hash(key) / 2 ** 32) * 100;
    let end = 0;
    for (const target of this.#order) {
      end += target.percent;
      if (place < end) return target;
    }
    return this.#order.findLast((target) => target.percent > 0) ?? null;
  }

  /** The target that is addressed by a tag. */
  tagged(tag: string): TrafficTarget | null {
    return this.targets.find((target) => target.tag === tag) ?? null;
  }

  /** Every target with a share but this one, the largest share first: where to turn when it is gone. */
  others(than: TrafficTarget): TrafficTarget[] {
    return this.targets.filter((target) => target.percent > 0 && target.revision !== than.revision).sort((a, b) => b.percent - a.percent);
  }
}

/** Refuses traffic that names a revision twice or a tag twice, or whose percents are no split. Throws `ROLLOUT_REFUSED`. */
export function checkTraffic(targets: readonly TrafficTarget[]): void {
  const refuse = (why: string): never => {
    throw new DownlineError('ROLLOUT_REFUSED', `the traffic ${why}`);
  };
  if (targets.some(({ percent }) => !(percent >= 0 && percent <= 100))) refuse('has a percent outside 0 to 100');
  const sum = targets.reduce((total, { percent }) => total + percent, 0);
  if (Math.abs(sum - 100) > 1e-9) refuse(`adds up to ${sum} %, not to 100 %`);
  const names = targets.map(({ revision }) => revision);
  if (new Set(names).size !== names.length) refuse('names a revision twice');
  const tags = targets.flatMap(({ tag }) => tag ?? []);
  if (new Set(tags).size !== tags.length) refuse('names a tag twice');
}

function rank(target: TrafficTarget): number {
  return target.tag === 'production' ? 0 : target.tag === 'canary' ? 2 : 1;
}

/** FNV-1a (32 bits) with a final mix (MurmurHash3's), for keys that differ in one letter. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
