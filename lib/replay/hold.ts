import type { Bus } from '../clients/nats/mod.ts';
import { ENDS, run, type Stage } from '../events/mod.ts';

/** What matters of a run's record here. */
const progress = run.pick({ replay: true, stage: true });

/** Stages at which a run asks for nothing but time: the simulated clock can go on. */
const FREE: ReadonlySet<Stage> = new Set<Stage>(['canary', ...ENDS]);

/**
 * Tells whether the simulated clock has to stand still: a run of the replay is
 * on its way to its canary. So what a replay gives does not depend on how long
 * training takes.
 */
export function runsHoldClock(bus: Bus, replay: string): () => Promise<boolean> {
  // A run that has ended stays so: it is never read again.
  const ended = new Set<string>();
  return async () => {
    const runs = await bus.records('runs');
    for (const key of await runs.keys()) {
      if (ended.has(key)) continue;
      const found = await runs.get(key);
      const known = progress.safeParse(found?.value);
      // A record that cannot be read holds nothing up: a clock that never moves again would be worse.
      if (!known.success || known.data.replay !== replay) continue;
      if (!FREE.has(known.data.stage)) return true;
      if (known.data.stage !== 'canary') ended.add(key);
    }
    return false;
  };
}
