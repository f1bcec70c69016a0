import { Command } from 'commander';
import { holderOf, isInstalled } from '../../lib/embedded/mod.ts';
import { toDownlineError } from '../../lib/errors/mod.ts';
import { optionsOf } from '../options.ts';
import { readStatus } from '../up/status-file.ts';

/** `downline status`: whether it runs, and what of it is ready. Exit code 1 when it does not run. */
export function statusCommand(): Command {
  return new Command('status').description('Tells whether Downline runs, and how its parts are').action(async (_flags: object, command: Command) => {
    const { settings, json, address } = optionsOf(command);
    const holder = holderOf(settings.home);
    const up = holder === null ? null : readStatus(settings.home);
    const health = holder === null ? null : await healthOf(address);
    const environments = { serve: isInstalled(settings.home, 'serve'), train: isInstalled(settings.home, 'train') };
    if (holder === null) process.exitCode = 1;
    if (json) {
      console.log(JSON.stringify({ running: holder !== null, pid: holder?.pid ?? null, address: holder?.address ?? null, home: settings.home, health, environments, ...(up !== null && { phase: up.phase, startedAt: up.startedAt, servers: up.servers, mlflow: up.mlflow, ray: up.ray, replay: up.replay }) }));
      return;
    }
    if (holder === null) {
      console.log(`not running in ${settings.home}; \`npx downline up\` starts it`);
      return;
    }
    console.log(`running at ${holder.address} (process ${holder.pid}, ${up?.phase ?? 'starting'}), home ${settings.home}`);
    for (const server of up?.servers ?? []) console.log(`  ${server.name.padEnd(8)} ${server.state.padEnd(9)} restarts ${server.restarts}  ${server.log}`);
    if (up?.replay) console.log(`  replay ${up.replay.id}: ${up.replay.status}, day ${up.replay.day ?? 'not begun'}${up.replay.waiting === null ? '' : `, waiting for ${up.replay.waiting}`}`);
    console.log(`  training environment ${environments.train ? 'installed' : 'not installed yet'}`);
    console.log(health === null ? '  the HTTP interface does not answer yet' : health.missing.length === 0 ? '  everything is ready' : `  not ready: ${health.missing.join('; ')}`);
  });
}

async function healthOf(address: string): Promise<{ status: string; missing: string[] } | null> {
  try {
    const answer = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(5_000) });
    return (await answer.json()) as { status: string; missing: string[] };
  } catch (error) {
    // The gateway listens only when the servers are up.
    void toDownlineError(error);
    return null;
  }
}
