import { Command } from 'commander';
import { z } from 'zod';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

const versions = z.object({ versions: z.array(z.looseObject({ version: z.string(), createdAt: z.string(), rows: z.record(z.string(), z.number()), parents: z.array(z.string()) })) });
const defects = z.object({ version: z.string(), defects: z.array(z.object({ key: z.string(), defect: z.string() })) });
const quality = z.object({ version: z.string(), quality: z.object({ entities: z.array(z.object({ entity: z.string(), read: z.number(), kept: z.number(), quarantined: z.number(), rules: z.array(z.object({ rule: z.string(), severity: z.string(), rows: z.number() })) })), states: z.record(z.string(), z.number()) }) });

/** `downline data`: versions of the lake, their manifests, quality and quarantine. */
export function data(): Command {
  return new Command('data')
    .description('Versions of the data: what there is, where it came from, whether it is sound.')
    .addCommand(new Command('ls').description('Every version, newest last.').action(async (_flags: object, command: Command) => {
      await tell(command, '/v1/data', versions, ({ versions: all }) => all.map(({ version, createdAt, rows, parents }) =>
        `${version}  ${createdAt}  ${counts(rows)}${parents.length === 0 ? '' : `  from ${parents.length === 1 ? parents[0]! : `${parents.length} versions`}`}`).join('\n') || 'No data yet.');
    }))
    .addCommand(new Command('show').description('The manifest of a version.').argument('<version>').action(async (version: string, _flags: object, command: Command) => {
      await tell(command, `/v1/data/datasets/${encodeURIComponent(version)}`, z.looseObject({}), (manifest) => JSON.stringify(manifest, null, 2));
    }))
    .addCommand(new Command('verify').description('Compares every file of a version with its manifest. Exit code 1 when one differs.').argument('<version>').action(async (version: string, _flags: object, command: Command) => {
      const answer = await tell(command, `/v1/data/verify?version=${encodeURIComponent(version)}`, defects, ({ defects: found }) =>
        found.length === 0 ? `${version}: every file is as its manifest says.` : found.map(({ key, defect }) => `${key}: ${defect}`).join('\n'));
      if (answer.defects.length > 0) process.exitCode = 1;
    }))
    .addCommand(new Command('quality').description('What the cleaning rules found in the newest clean version.').action(async (_flags: object, command: Command) => {
      await tell(command, '/v1/data/quality', quality, ({ version, quality: { entities, states } }) => [
        `${version}: flights ${counts(states)}`,
        ...entities.flatMap(({ entity, read, kept, quarantined, rules }) => [
          `${entity}: ${read} read, ${kept} kept, ${quarantined} in quarantine`,
          ...rules.filter(({ rows }) => rows > 0).map(({ rule, severity, rows }) => `  ${severity.padEnd(10)} ${rule}: ${rows}`),
        ]),
      ].join('\n'));
    }))
    .addCommand(new Command('quarantine').description('Rows that were kept apart, with the reason.')
      .option('--entity <name>', 'flights, weather, planes, airports or airlines').option('--limit <number>', 'most rows', '20')
      .action(async (given: { entity?: string; limit: string }, command: Command) => {
        const query = new URLSearchParams({ limit: given.limit, ...(given.entity !== undefined && { entity: given.entity }) });
        await tell(command, `/v1/data/quarantine?${query.toString()}`, z.looseObject({ rows: z.array(z.unknown()) }), ({ rows }) => rows.map((row) => JSON.stringify(row)).join('\n') || 'No row is in quarantine.');
      }));
}

/** Asks, checks, and prints for people or machines. */
async function tell<S extends z.ZodType>(command: Command, path: string, schema: S, render: (answer: z.output<S>) => string): Promise<z.output<S>> {
  const { address, json } = optionsOf(command);
  const answer = schema.parse(await ask(address, path));
  console.log(json ? JSON.stringify(answer) : render(answer));
  return answer;
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of).map(([name, count]) => `${name} ${count}`).join(', ');
}
