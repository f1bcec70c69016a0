import { Command } from 'commander';
import type { z } from 'zod';
import type { modelList } from '../../lib/api/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

type Model = z.input<typeof modelList>['models'][number];

/** `downline models`: evaluated models against the rule, the newest first. */
export function models(): Command {
  return new Command('models')
    .description('Evaluated models against the rule: pinball on held-out days with its paired interval, coverage, recall within the alert budget.')
    .action(async (_flags: object, command: Command) => {
      const { address, json } = optionsOf(command);
      const answer = await ask(address, '/v1/models');
      console.log(json ? JSON.stringify(answer) : render((answer as z.input<typeof modelList>).models));
    });
}

function render(list: readonly Model[]): string {
  if (list.length === 0) return 'No model has been evaluated yet.';
  return list.map(({ run, stage, version, report: { bundle, overall, differences: { rule }, flagging, days } }) => [
    `${run}  ${stage}  version ${version ?? '-'}  ${bundle}`,
    `  pinball ${overall.pinball.toFixed(3)} min, rule ${overall.pinballRule.toFixed(3)} (${(overall.skill * 100).toFixed(1)} % better) on ${overall.flights} flights of ${days.length} days`,
    `  difference to the rule ${fixed(rule.mean)} [${fixed(rule.lower)}, ${fixed(rule.upper)}] min; 80 % interval covers ${(overall.coverage80 * 100).toFixed(1)} %`,
    `  of ${flagging.candidate.late} late departures ${(flagging.candidate.recall * 100).toFixed(0)} % flagged 2 h ahead (rule ${(flagging.rule.recall * 100).toFixed(0)} %) at a budget of ${flagging.budget * 100} % of rotations`,
  ].join('\n')).join('\n');
}

function fixed(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
