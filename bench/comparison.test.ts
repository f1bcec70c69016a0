import { describe, expect, it } from 'vitest';
import { compare, summarise } from './comparison.ts';

const figures = { rate: { name: 'rate', unit: '1/s', better: 'higher' } } as const;

function counted(values: readonly number[], calls: string[], name: string) {
  let next = 0;
  return () => {
    calls.push(name);
    return Promise.resolve({ rate: values[next++]! });
  };
}

describe('compare', () => {
  it('leaves the warm-up out, takes turns, and makes the ratio round by round', async () => {
    const calls: string[] = [];
    const [figure] = await compare({ figures, product: counted([999, 1, 6, 4], calls, 'product'), peer: counted([999, 2, 3, 4], calls, 'peer'), rounds: 3, until: Infinity });
    expect(calls).toEqual(['product', 'peer', 'product', 'peer', 'peer', 'product', 'product', 'peer']);
    expect(figure).toEqual({
      ...figures.rate, rounds: 3, product: { median: 4, min: 1, max: 6 }, peer: { median: 3, min: 2, max: 4 }, ratio: { median: 1, min: 0.5, max: 2 },
    });
  });

  it('makes three rounds when the time is up already, and no more', async () => {
    const [figure] = await compare({ figures, product: counted([1, 1, 1, 1, 1, 1], [], ''), peer: counted([1, 1, 1, 1, 1, 1], [], ''), rounds: 5, until: 0 });
    expect(figure!.rounds).toBe(3);
  });

  it('fails with the one that fails', async () => {
    await expect(compare({ figures, product: () => Promise.reject(new Error('no answer')), peer: counted([1], [], ''), rounds: 3, until: 0 })).rejects.toThrow('no answer');
  });
});

it('summarises an even number of values by the middle of the two in the middle', () => {
  expect(summarise([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
});
