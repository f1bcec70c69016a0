import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** Where and of what the figures are. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly commit: string;
  /** True when the code that was measured is not what the commit says. */
  readonly changed: boolean;
  /** Load average of a minute before the first benchmark. */
  readonly load: number;
}

/** The machine as it is now. `root`: the checkout. */
export function machineOf(root: string): Machine {
  const all = cpus();
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      // A copy without its history.
      return 'unknown';
    }
  };
  return {
    cpu: all[0]?.model.trim() ?? 'unknown', cores: all.length, memoryGiB: Math.round(totalmem() / 2 ** 30), system: `${platform()}-${arch()}`, node: process.version,
    commit: git('rev-parse', 'HEAD'), changed: git('status', '--porcelain', '--untracked-files=no', '--', 'lib', 'functions', 'bench', 'package-lock.json') !== '',
    load: loadavg()[0] ?? 0,
  };
}
