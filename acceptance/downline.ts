import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A Downline of its own: the command line as a user runs it, in a temporary home with this checkout's installed environments. */
export class Downline {
  readonly home = mkdtempSync(join(tmpdir(), 'downline-acceptance-'));
  readonly #settings: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;

  /** `settings`: variables for every process of this Downline. */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    this.#settings = settings;
    mkdirSync(join(root, '.downline', 'env'), { recursive: true });
    symlinkSync(join(root, '.downline', 'env'), join(this.home, 'env'));
  }

  /** Runs a command to its end: exit code, standard output and standard error. */
  async run(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = this.#spawn(args, 'pipe');
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout, stderr };
  }

  /** Starts `up` and waits until it answers. Its messages go to `<home>/up.txt`. */
  async up(...args: readonly string[]): Promise<void> {
    this.#child = this.#spawn(['up', '--port', '0', '--json', ...args], openSync(join(this.home, 'up.txt'), 'a'));
    await this.until(5, async () => {
      if (this.#child?.exitCode !== null) throw new Error(`up left with ${String(this.#child?.exitCode)}: ${this.messages()}`);
      return existsSync(join(this.home, 'up.pid')) && this.address !== null && (await fetch(`${this.address}/healthz`).catch(() => null))?.ok === true;
    });
  }

  /** Ends `up` by a signal; gives its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child!;
    this.#child = null;
    if (child.exitCode !== null) return child.exitCode;
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill(signal);
    return closed;
  }

  get address(): string | null {
    const text = existsSync(join(this.home, 'up.pid')) ? readFileSync(join(this.home, 'up.pid'), 'utf8') : '';
    return /"address":"([^"]+)"/.exec(text)?.[1] ?? null;
  }

  /** What the replay is doing: `running`, `finished`, … */
  get replayStatus(): string | undefined {
    return (JSON.parse(readFileSync(join(this.home, 'status.json'), 'utf8')) as { replay: { status: string } | null }).replay?.status;
  }

  /** Port of an embedded server, as `ports.json` has it. */
  port(name: string): number {
    return (JSON.parse(readFileSync(join(this.home, 'ports.json'), 'utf8')) as Record<string, number>)[name]!;
  }

  /** Process id of an embedded server. */
  pid(name: string): number {
    const processes = JSON.parse(readFileSync(join(this.home, 'processes.json'), 'utf8')) as { name: string; pid: number }[];
    return processes.find((one) => one.name === name)!.pid;
  }

  messages(): string {
    return readFileSync(join(this.home, 'up.txt'), 'utf8').slice(-3000);
  }

  async get<T>(path: string): Promise<T> {
    return (await fetch(`${this.address}${path}`)).json() as Promise<T>;
  }

  async post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await fetch(`${this.address}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** Waits until `condition` holds; what it throws while servers come and go is passed over only when it is a failed fetch. */
  async until(minutes: number, condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + minutes * 60_000;
    while (Date.now() < deadline) {
      const held = await condition().catch((error: unknown) => {
        if (error instanceof TypeError || error instanceof SyntaxError) return false;
        throw error;
      });
      if (held) return;
      await sleep(500);
    }
    throw new Error(`not within ${minutes} minutes; the last messages:\n${this.messages()}`);
  }

  async remove(): Promise<void> {
    if (this.#child !== null) await this.end('SIGTERM');
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(args: readonly string[], output: 'pipe' | number): ChildProcess {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DOWNLINE_')));
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'cli', 'main.ts'), ...args], {
      cwd: root, env: { ...inherited, ...this.#settings, DOWNLINE_HOME: this.home }, stdio: ['ignore', output, output],
    });
  }
}
