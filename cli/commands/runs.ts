import { Command } from 'commander';
import type { z } from 'zod';
import type { runList } from '../../lib/api/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

type Run = z.input<typeof runList>['runs'][number];

/** `downline runs`: the pipeline's runs, the newest first. */
export function runs(): Command {
  return new Command('runs')
    .description('Pipeline runs of the current replay, the newest first.')
    .action(async (_flags: object, command: Command) => {
      const { address, json } = optionsOf(command);
      const answer = await ask(address, '/v1/runs');
      console.log(json ? JSON.stringify(answer) : render(answer as z.input<typeof runList>));
    });
}

function render({ runs: list }: z.input<typeof runList>): string {
  if (list.length === 0) return 'No run yet. `npx downline retrain` requests one.';
  return list.map((run) => [
    `${run.id}  ${run.stage}${run.reason === null ? '' : `: ${run.reason}`}`,
    `  requested ${run.requestedAt} (${run.trigger.kind}): ${run.trigger.reason}`,
    ...run.stages.map((stage) => `  ${stage.name.padEnd(13)} ${seconds(stage).padStart(7)}${stage.attempts > 1 ? `  attempt ${stage.attempts}` : ''}  ${percent(stage.progress)}${stage.detail.split('\n')[0] ?? ''}`),
  ].join('\n')).join('\n\n');
}

function seconds({ startedAt, endedAt }: Run['stages'][number]): string {
  return endedAt === null ? 'running' : `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}

function percent(progress: number | null): string {
  return progress === null || progress === 1 ? '' : `${(progress * 100).toFixed(0)} %: `;
}
