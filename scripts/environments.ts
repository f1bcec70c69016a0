import { ensureEnvironment, type EnvironmentName } from '../lib/embedded/mod.ts';
import { toDownlineError } from '../lib/errors/mod.ts';
import { readSettings } from '../lib/settings/mod.ts';

// node scripts/environments.ts serve train: makes the Python environments of the home, if they are not there yet.
const began = Date.now();
const say = (text: string): void => console.error(`[${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s] ${text}`);

try {
  const { home } = readSettings(process.env);
  for (const name of process.argv.slice(2)) {
    if (name !== 'serve' && name !== 'train') throw new Error(`no environment ${name}`);
    await install(home, name);
  }
} catch (error) {
  const known = toDownlineError(error);
  console.error(`${known.code}: ${known.message}`);
  process.exitCode = 1;
}

async function install(home: string, name: EnvironmentName): Promise<void> {
  let last = 0;
  await ensureEnvironment(home, name, {
    onProgress: (line) => {
      // Hundreds of lines come at once; a person wants to see that something goes on.
      if (Date.now() - last < 2_000) return;
      last = Date.now();
      say(`environment ${name}: ${line}`);
    },
  });
  say(`environment ${name} is ready`);
}
