import { Command, Option } from 'commander';
import type { z } from 'zod';
import type { alertList } from '../../lib/api/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

/** `downline alerts`: what to act on, the most urgent first. */
export function alerts(): Command {
  return new Command('alerts')
    .description('Alerts within the budget, the most urgent first.')
    .addOption(new Option('--status <status>', 'which alerts').choices(['open', 'all']).default('open'))
    .option('--day <day>', 'of one operating day, YYYY-MM-DD')
    .action(async (given: { status: string; day?: string }, command: Command) => {
      const { address, json } = optionsOf(command);
      const query = new URLSearchParams({ status: given.status, ...(given.day !== undefined && { day: given.day }) });
      const answer = await ask(address, `/v1/alerts?${query.toString()}`);
      console.log(json ? JSON.stringify(answer) : render(answer as z.input<typeof alertList>));
    });
}

function render({ alerts: list, budget }: z.input<typeof alertList>): string {
  if (list.length === 0) return `No alert. At most ${budget * 100} % of a day's rotations are alerted.`;
  return list.map((alert) => [
    `${alert.status === 'open' ? `act by ${alert.actBy}` : `cleared (${alert.cleared})`}  ${alert.flight}  ${alert.tail ?? 'no aircraft'}`,
    `  ${(alert.p30 * 100).toFixed(0)} % to leave 30+ min late; median ${alert.median.toFixed(0)}, up to ${alert.upper.toFixed(0)} min`,
    ...alert.reasons.map((reason) => `  - ${reason}`),
    `  alert ${alert.id}`,
  ].join('\n')).join('\n');
}
