import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProgress } from './mod.ts';

const NONE = { progress: null, detail: '', result: null, error: null };

describe('readProgress', () => {
  test('the last line of each kind counts', () => {
    const log = ['warming up', '{"progress": 0.1, "detail": "a"}', '{"progress": 0.7, "detail": "b", "seconds": 3}', '{"result": {"bundle": "sha256:1"}}'].join('\n');
    expect(readProgress(log)).toEqual({ progress: 0.7, detail: 'b', result: { bundle: 'sha256:1' }, error: null });
  });

  test.each(['', '{', '{"progress": 2}', '{"progress": "0.5"}', '{"progress": null}', '{"result": 3}', '{"error": "x"}', '[{"progress": 0.5}]', '{"progress": 0.5, "det'])('%j says nothing', (log) => {
    expect(readProgress(log)).toEqual(NONE);
  });

  test('no log breaks it', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
      const { progress } = readProgress(lines.join('\n'));
      return progress === null || (progress >= 0 && progress <= 1);
    }));
  });
});
