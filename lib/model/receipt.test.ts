import { describe, expect, it } from 'vitest';
import { token } from '../events/mod.ts';
import { receiptId, rotationOfReceipt } from './mod.ts';

const facts = { replay: 'r1', rotation: 'flight-2013-06-10.UA.1545.EWR.ORD.0515', vectorSequence: 7, bundle: 'sha256:x', revision: 'predict-00001', role: 'production', assumed: [] } as const;

describe('receipts', () => {
  it('differ with every fact, and with nothing else', () => {
    const others = [{ replay: 'r2' }, { rotation: 'N1' }, { vectorSequence: 8 }, { bundle: 'sha256:y' }, { revision: 'predict-00002' }, { role: 'shadow' as const }, { assumed: [{ flight: 'f', departureDelay: 1 }] }];
    expect(new Set([facts, ...others.map((change) => ({ ...facts, ...change }))].map(receiptId)).size).toBe(others.length + 1);
    const two = [{ flight: 'a', departureDelay: 1 }, { flight: 'b', departureDelay: 2 }];
    expect(receiptId({ ...facts, assumed: [...two].reverse() })).toBe(receiptId({ ...facts, assumed: two }));
  });

  it('say their rotation and fit the contract', () => {
    const receipt = receiptId(facts);
    expect(rotationOfReceipt(receipt)).toBe(facts.rotation);
    expect(receipt.length).toBeLessThanOrEqual(120);
    expect(token(receipt)).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(['', 'N1', 'N1.xyz', `*.${'0'.repeat(24)}`, `>.${'0'.repeat(24)}`, `N1.${'0'.repeat(25)}`, `${'N'.repeat(90)}.${'0'.repeat(24)}`].map(rotationOfReceipt)).toEqual(Array(7).fill(null));
  });
});
