import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ERROR_CODES, toDownlineError } from '../lib/errors/mod.ts';

// The command line: every file of `commands/` exports factories of commands.

const root = join(import.meta.dirname, '..');

/**
 * The command line, its commands in alphabetical order; of only one file when
 * `argv` names it: the code of the others takes its time to load.
 */
export async function createProgram(argv: readonly string[] = []): Promise<Command> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const program = new Command('downline')
    .description('Predicts how delay travels through aircraft rotations.')
    .version(version)
    .option('--json', 'answers as JSON on standard output, for machines')
    .option('--home <folder>', 'folder of all state (DOWNLINE_HOME, default .downline)')
    .option('--port <number>', 'port of the HTTP interface (DOWNLINE_PORT, default 8080)', port)
    .showHelpAfterError('(--help shows what there is)');
  const files = readdirSync(join(import.meta.dirname, 'commands')).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).sort();
  const asked = files.filter((file) => file === `${namedIn(argv)}.ts`);
  for (const file of asked.length > 0 ? asked : files) {
    const loaded = (await import(pathToFileURL(join(import.meta.dirname, 'commands', file)).href)) as Record<string, unknown>;
    for (const factory of new Set(Object.values(loaded))) {
      if (typeof factory !== 'function') continue;
      const command: unknown = (factory as () => unknown)();
      if (command instanceof Command) program.addCommand(command);
    }
  }
  for (const command of [program, ...program.commands]) override(command);
  return program;
}

/** Runs one command line; gives the exit code: 0, 1 for an error, 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  try {
    const program = await createProgram(argv);
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has said on standard error what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const known = toDownlineError(error);
    const { remedy } = ERROR_CODES[known.code];
    if (json) console.error(JSON.stringify({ error: { code: known.code, message: known.message, ids: known.ids, remedy } }));
    else console.error(`${known.code}: ${known.message}\n  ${remedy}`);
    if (known.code === 'INTERNAL' && known.cause instanceof Error) console.error(known.cause.stack);
    return known.code === 'USAGE' ? 2 : 1;
  }
}

/** The first word that is neither a flag nor the value of a global one. */
function namedIn(argv: readonly string[]): string {
  const word = argv.find((argument, index) => !argument.startsWith('-') && !['--home', '--port'].includes(argv[index - 1] ?? '')) ?? '';
  return word === 'start' ? 'up' : word;
}

function override(command: Command): void {
  command.exitOverride();
  for (const nested of command.commands) override(nested);
}

function port(text: string): string {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('wants a whole number from 0 to 65535.');
  return text;
}

if (import.meta.main) {
  // A pipe that was closed early (`downline … | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const code = await main(process.argv.slice(2));
  process.exit(code);
}
