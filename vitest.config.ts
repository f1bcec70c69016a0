import { defineConfig } from 'vitest/config';

const pool = { pool: 'forks', testTimeout: 120_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  test: {
    projects: [
      { test: { ...pool, name: 'parts', include: ['{lib,functions,cli,scripts,loadtests,bench}/**/*.test.ts'], maxWorkers: 2, sequence: { groupOrder: 0 } } },
      // A whole Downline wants the machine for itself: after everything else, one file at a time.
      { test: { ...pool, name: 'acceptance', include: ['acceptance/**/*.test.ts'], maxWorkers: 1, fileParallelism: false, sequence: { groupOrder: 1 } } },
    ],
  },
});
