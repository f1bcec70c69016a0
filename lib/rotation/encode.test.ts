import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDownlineError } from '../errors/mod.ts';
import { decodeNetwork, encodeNetwork } from './encode.ts';
import { createNetwork } from './network.ts';
import { step } from './step.ts';
import { scenario } from './testing.ts';

describe('the encoded state', () => {
  it('goes on identically from the middle', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
      const events = scenario(seed, { days: 2, quietDays: 3, tick: 30 });
      const middle = Math.floor(share * events.length);
      const straight = createNetwork('r');
      events.slice(0, middle).forEach((event, index) => step(straight, event, index + 1));
      const text = encodeNetwork(straight);
      const revived = decodeNetwork(text);
      expect(encodeNetwork(revived)).toBe(text);
      events.slice(middle).forEach((event, index) => expect(step(revived, event, middle + index + 1)).toEqual(step(straight, event, middle + index + 1)));
      expect(encodeNetwork(revived)).toBe(encodeNetwork(straight));
    }), { numRuns: 6 });
  });

  it.each(['', 'null', '{}', '[]', '{"version":0}', encodeNetwork(createNetwork('r')).slice(0, -5), encodeNetwork(createNetwork('r')).replace('"sequence":0', '"sequence":"x"'), encodeNetwork(createNetwork('r')).replace('"flights":[]', '"flights":[[1]]')])('refuses %s', (text) => {
    expect(() => decodeNetwork(text)).toThrow(expect.toSatisfy((error: unknown) => isDownlineError(error, 'EVENT_INVALID')) as Error);
  });
});
