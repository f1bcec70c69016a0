import { Command } from 'commander';
import type { z } from 'zod';
import type { rolloutView } from '../../lib/api/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

type View = z.input<typeof rolloutView>;

/** `downline rollout`: what is in production, the canary, the judge's evidence, the history. */
export function rollout(): Command {
  return new Command('rollout')
    .description("Production, canary, traffic, the judge's evidence and the history.")
    .action(async (_flags: object, command: Command) => {
      const { address, json } = optionsOf(command);
      const answer = await ask(address, '/v1/rollout');
      console.log(json ? JSON.stringify(answer) : renderRollout(answer as View));
    });
}

/** `downline rollback`: away with the canary, or back to the previous revision. */
export function rollback(): Command {
  return new Command('rollback')
    .description('Ends the canary, or brings the previous revision back into production, in seconds.')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--revision <name>', 'the revision that is to go; by default the canary where there is one, else production')
    .action(async (flags: { reason: string; revision?: string }, command: Command) => {
      const { address, json } = optionsOf(command);
      // What goes is named, so that the request may be repeated.
      const now = await ask(address, '/v1/rollout') as View;
      const settled = now.canary === null && now.previous === null;
      const revision = flags.revision ?? (settled ? undefined : now.canary?.revision ?? now.production.revision);
      const answer = await ask(address, '/v1/rollout/rollback', { body: { reason: flags.reason, ...(revision !== undefined && { revision }) } });
      console.log(json ? JSON.stringify(answer) : renderRollout(answer as View));
    });
}

function renderRollout(view: View): string {
  const live = new Map(view.revisions.map((one) => [one.name, one]));
  const line = (name: string, { revision, bundle, since }: View['production'], percent: number): string => {
    const counts = live.get(revision);
    return `${name.padEnd(10)} ${revision}  ${percent} %  ${bundle}  since ${since}${counts === undefined ? '' : `  ${counts.requests} requests, ${counts.errors} errors, p99 ${counts.p99.toFixed(0)} ms`}`;
  };
  const share = (revision: string): number => view.traffic.find((target) => target.revision === revision)?.percent ?? 0;
  return [
    line('production', view.production, share(view.production.revision)),
    ...(view.canary === null ? [] : [line('canary', view.canary, share(view.canary.revision)), `  judge: ${view.judge?.reason ?? ''}`, ...view.canary.evidence.map(evidence)]),
    ...(view.previous === null ? [] : [line('previous', view.previous, share(view.previous.revision))]),
    'history',
    ...view.history.map((entry) => `  ${entry.at}  ${entry.change.padEnd(11)} ${entry.revision}: ${entry.reason}`),
  ].join('\n');
}

function evidence(day: NonNullable<View['canary']>['evidence'][number]): string {
  return `  ${day.day}  ${day.pairs} flights  canary ${day.canary.toFixed(2)}  production ${day.production.toFixed(2)} min  log e-value better ${day.logBetter.toFixed(2)}, worse ${day.logWorse.toFixed(2)}${day.disruption ? '  heavy delays' : ''}`;
}
