import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{acceptance,lib,functions,cli,scripts,loadtests,bench}/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
