import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stickyKey } from './sticky.ts';
import { checkTraffic, Traffic } from './traffic.ts';

const split = (percent: number): Traffic => new Traffic([{ revision: 'new', percent, tag: 'canary' }, { revision: 'old', percent: 100 - percent, tag: 'production' }]);
const keys = Array.from({ length: 4_000 }, (_, index) => `N${index}UA`);

describe('traffic', () => {
  it('keeps a key on its side, and takes none back when the canary grows', () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (key, a, b) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      const before = split(small).pick(key)!.revision;
      expect(split(small).pick(key)!.revision).toBe(before);
      if (before === 'new') expect(split(large).pick(key)!.revision).toBe('new');
    }));
  });

  it.each([0, 10, 50, 100])('gives a canary of %i %% its share of keys and of requests without one', (percent) => {
    const traffic = split(percent);
    const share = (picks: (string | null)[]): number => picks.filter((key) => traffic.pick(key)!.revision === 'new').length / picks.length * 100;
    expect(Math.abs(share(keys) - percent)).toBeLessThan(2.5);
    expect(Math.abs(share(Array.from({ length: 2_000 }, () => null)) - percent)).toBeLessThan(0.5);
  });

  it('knows targets by tag, also at 0 %, and where else to turn', () => {
    const traffic = split(0);
    expect(traffic.tagged('canary')?.revision).toBe('new');
    expect(traffic.tagged('previous')).toBeNull();
    expect(traffic.others(traffic.tagged('canary')!).map(({ revision }) => revision)).toEqual(['old']);
    expect(new Traffic([]).pick('x')).toBeNull();
  });

  it.each([
    [[{ revision: 'a', percent: 90 }], /90/],
    [[{ revision: 'a', percent: Number.NaN }], /outside/],
    [[{ revision: 'a', percent: -10 }, { revision: 'b', percent: 110 }], /outside/],
    [[{ revision: 'a', percent: 50 }, { revision: 'a', percent: 50 }], /revision twice/],
    [[{ revision: 'a', percent: 50, tag: 'canary' as const }, { revision: 'b', percent: 50, tag: 'canary' as const }], /tag twice/],
    [[], /0 %/],
  ])('refuses %j', (targets, expected) => {
    expect(() => checkTraffic(targets)).toThrow(expected);
  });
});

describe('the sticky key', () => {
  it.each([
    ['/v1/rotations/N14228', '', 'N14228'],
    ['/v1/rotations/N1%2F2?x=1', '', 'N1/2'],
    ['/v1/receipts/N14228.0a1b', '', 'N14228'],
    ['/v1/predictions', '{"tail":"N1"}', 'N1'],
    ['/v1/predictions', '{"rotation":"N2","tail":"N1"}', 'N2'],
    ['/v1/predictions', '{"flight":"f"}', 'f'],
    ['/v1/predictions', '{"tail":7}', null],
    ['/v1/predictions', '[1', null],
    ['/v1/predictions', 'null', null],
    ['/v1/rotations/%zz', '', '%zz'],
  ])('of %s %s is %s', (url, body, key) => {
    expect(stickyKey(url, Buffer.from(body), 'application/json')).toBe(key);
  });
});
