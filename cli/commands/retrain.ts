import { Command } from 'commander';
import type { z } from 'zod';
import type { run as runSchema } from '../../lib/events/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

/** `downline retrain`: requests a run. */
export function retrain(): Command {
  return new Command('retrain')
    .description('Requests a pipeline run: dataset, training, evaluation, staging, canary.')
    .option('--reason <text>', 'why, for the record', 'asked for on the command line')
    .option('--shuffle-labels', 'test of the gates: train on shuffled labels; the run must be rejected')
    .option('--ignore-gates', 'test of the canary: go on past failed offline gates')
    .action(async (flags: { reason: string; shuffleLabels?: boolean; ignoreGates?: boolean }, command: Command) => {
      const { address, json } = optionsOf(command);
      const answer = await ask(address, '/v1/runs', { body: { reason: flags.reason, shuffleLabels: flags.shuffleLabels === true, ignoreGates: flags.ignoreGates === true } });
      const run = answer as z.input<typeof runSchema>;
      console.log(json ? JSON.stringify(answer) : `${run.id} is requested; \`npx downline runs\` follows it, \`npx downline why ${run.id}\` explains it.`);
    });
}
