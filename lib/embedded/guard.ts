import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readState, writeAtomic } from './files.ts';
import { identify, isAlive, signalGroup, type ProcessId } from './process-id.ts';

/**
 * Reads `+pid` and `-pid` lines; when its input ends, because its parent is
 * gone however it died, it ends the process groups that are left.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) pids="$pids$pid " ;;
    -*) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -TERM -$pid 2>/dev/null; done
n=0
while [ $n -lt 30 ]; do
  left=
  for pid in $pids; do kill -0 -$pid 2>/dev/null && left=1; done
  [ -z "$left" ] && exit 0
  n=$((n + 1)); sleep 0.1
done
for pid in $pids; do kill -KILL -$pid 2>/dev/null; done
`;

const processes = z.array(z.object({ name: z.string(), pid: z.number().int().min(2), started: z.string() }));

/**
 * Keeps the children of `up` from outliving it. Children lead process groups
 * of their own, so that Ctrl-C reaches `up` alone, which stops them in order;
 * the guard ends them when `up` was killed; and what even the guard missed is
 * found in `<home>/processes.json` by the next start.
 */
export class Guard {
  readonly #path: string;
  readonly #children = new Map<number, ProcessId & { name: string }>();
  #process: ChildProcess | null = null;
  #closed = false;

  constructor(home: string) {
    this.#path = join(home, 'processes.json');
    this.#spawn();
  }

  /** Takes a child, the leader of its process group, under guard. */
  add(name: string, pid: number): void {
    this.#children.set(pid, { name, pid, started: identify(pid)?.started ?? '' });
    this.#process?.stdin?.write(`+${pid}\n`);
    this.#save();
  }

  /** The child has ended. */
  remove(pid: number): void {
    this.#children.delete(pid);
    this.#process?.stdin?.write(`-${pid}\n`);
    this.#save();
  }

  close(): void {
    this.#closed = true;
    this.#process?.stdin?.end();
    this.#process = null;
  }

  #spawn(): void {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'downline-guard'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#process = child;
    child.stdin.on('error', () => undefined);
    child.on('error', () => undefined);
    child.once('exit', () => {
      if (this.#process === child && !this.#closed) this.#spawn();
    });
    child.unref();
    (child.stdin as unknown as { unref?: () => void }).unref?.();
    for (const pid of this.#children.keys()) child.stdin.write(`+${pid}\n`);
  }

  #save(): void {
    writeAtomic(this.#path, JSON.stringify([...this.#children.values()], null, 2));
  }
}

/** Ends what an earlier `up` of this home has left; returns the names. Call under the home's lock only. */
export async function takeOver(home: string): Promise<string[]> {
  const left = (readState(join(home, 'processes.json'), processes) ?? []).filter(isAlive);
  for (const one of left) signalGroup(one.pid, 'SIGTERM');
  for (let waited = 0; left.some(isAlive) && waited < 50; waited += 1) await sleep(100);
  for (const one of left.filter(isAlive)) signalGroup(one.pid, 'SIGKILL');
  for (let waited = 0; left.some(isAlive) && waited < 50; waited += 1) await sleep(50);
  return left.map((one) => one.name);
}
