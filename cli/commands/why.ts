import { Command } from 'commander';
import type { z } from 'zod';
import type { runList } from '../../lib/api/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { run as runSchema } from '../../lib/events/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

/** `downline why [run]`: each gate of a run with its evidence, and the reason of its end. */
export function why(): Command {
  return new Command('why')
    .description('Why a run went on or not: each gate with what was measured, its limit and its evidence.')
    .argument('[run]', 'id of the run, as `downline runs` shows it; the newest when none is named')
    .action(async (named: string | undefined, _flags: object, command: Command) => {
      const { address, json } = optionsOf(command);
      const id = named ?? (await ask(address, '/v1/runs') as z.input<typeof runList>).runs[0]?.id;
      if (id === undefined) throw new DownlineError('NOT_FOUND', 'no run has been requested yet');
      const answer = await ask(address, `/v1/runs/${encodeURIComponent(id)}`);
      console.log(json ? JSON.stringify(answer) : render(answer as z.input<typeof runSchema>));
    });
}

function render(run: z.input<typeof runSchema>): string {
  const gates = run.gates.map((gate) => `  ${gate.passed ? 'passed' : 'FAILED'}  ${gate.stage}/${gate.name}: ${short(gate.measured)} ${gate.unit}, limit ${short(gate.limit)}\n          ${gate.evidence}`);
  const last = run.stages.at(-1);
  return [
    `${run.id} is at ${run.stage}${run.reason === null ? '' : `: ${run.reason}`}`,
    `  requested ${run.requestedAt} (${run.trigger.kind} by ${run.trigger.by}): ${run.trigger.reason}`,
    `  champion ${run.champion}; dataset ${run.dataset ?? '-'}; job ${run.job ?? '-'}; MLflow run ${run.mlflowRun ?? '-'}; model version ${run.modelVersion ?? '-'}`,
    `  bundle ${run.bundle ?? '-'}; release ${run.release ?? '-'}`,
    ...(gates.length === 0 ? ['  no gate has been measured yet'] : gates),
    ...(last !== undefined && last.endedAt === null ? [`  now: ${last.detail}`] : []),
  ].join('\n');
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
