import { Command, InvalidArgumentError } from 'commander';
import { toDownlineError } from '../lib/errors/mod.ts';
import { createClient, type Call } from './client.ts';
import { runLoad } from './load.ts';
import { loopback } from './loopback.ts';
import { runUsers } from './crowd.ts';
import { USER_KINDS } from './users.ts';

/** Stand-alone: `node loadtests/main.ts users|load --help`. Prints JSON on standard output. */

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('wants a number above 0');
  return value;
};

/** Tails that are named by the board or by the alerts, read without knowing more of their form. */
async function tailsOf(address: string): Promise<string[]> {
  const client = createClient(loopback(address));
  const tails = new Set<string>();
  try {
    for (const path of ['/v1/board', '/v1/alerts']) {
      const answer = await client.call({ method: 'GET', path });
      for (const match of answer.body.matchAll(/"tail":\s*"([A-Z0-9-]{2,12})"/g)) tails.add(match[1]!);
    }
  } finally {
    client.close();
  }
  return [...tails];
}

const program = new Command('loadtests').description('Artificial users and load, on loopback only.')
  .option('--url <address>', 'HTTP interface of Downline', 'http://127.0.0.1:8080');

program.command('users')
  .description(`Artificial users until a bound is reached.\n\n${USER_KINDS.map((kind) => `${kind.name} (${kind.perMinute} visits a minute, ${kind.arrivals}): ${kind.description}`).join('\n\n')}`)
  .option('--seconds <seconds>', 'real seconds', positive, 30)
  .option('--requests <count>', 'requests of all users together', positive, 5000)
  .option('--intensity <factor>', 'arrivals as a multiple of those described', positive, 1)
  .option('--seed <seed>', 'seed of every choice', Number, 13)
  .action(async (options: { seconds: number; requests: number; intensity: number; seed: number }) => {
    const { url } = program.opts<{ url: string }>();
    console.log(JSON.stringify(await runUsers(url, { ...options, tails: () => tailsOf(url) }), null, 2));
  });

program.command('load')
  .description('Open-loop load of predictions by HTTP; latencies count from the instant at which a request was due.')
  .option('--rate <rate>', 'requests a second', positive, 50)
  .option('--seconds <seconds>', 'real seconds', positive, 10)
  .action(async (options: { rate: number; seconds: number }) => {
    const { url } = program.opts<{ url: string }>();
    const calls: Call[] = (await tailsOf(url)).map((tail) => ({ method: 'POST', path: '/v1/predictions', body: JSON.stringify({ tail }) }));
    console.log(JSON.stringify(await runLoad([{ name: 'predictions', url, calls }], options), null, 2));
  });

try {
  await program.parseAsync();
} catch (error) {
  const known = toDownlineError(error);
  console.error(`${known.code}: ${known.message}`);
  process.exitCode = 1;
}
