import { Command } from 'commander';
import { auditParity, currentReplay } from '../../lib/replay/mod.ts';
import { withServers } from '../connect.ts';
import { optionsOf } from '../options.ts';

/** `downline audit parity`: whether the vectors that were served are what the archived events give. Exit code 1 when one differs. */
export function audit(): Command {
  const parity = new Command('parity')
    .description('Computes every archived feature vector again from the archived events and compares, number by number.')
    .option('--replay <id>', 'replay (default: the current one)')
    .action(async (given: { replay?: string }, command: Command) => {
      const { settings, json } = optionsOf(command);
      const report = await withServers(settings, async ({ bus, objects }) => {
        const replay = given.replay ?? await currentReplay(bus);
        return { replay, ...await auditParity(objects, replay, (day) => { if (!json) console.error(`reduced to ${day}`); }) };
      });
      if (report.mismatches > 0) process.exitCode = 1;
      if (json) {
        console.log(JSON.stringify(report));
        return;
      }
      const { days, messages, vectors, older, mismatches, examples } = report;
      console.log(`${report.replay}, ${days.length} archived days (${days[0] ?? ''} to ${days.at(-1) ?? ''}): ${messages} messages, ${vectors} vectors compared, ${mismatches} differ`);
      if (older > 0) console.log(`${older} messages are of an older feature definition and were not compared`);
      for (const { id, difference } of examples) console.log(`  ${id}: ${difference.slice(0, 500)}`);
    });
  return new Command('audit').description('Checks what is claimed against what is stored.').addCommand(parity);
}
