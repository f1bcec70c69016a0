import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDownlineError } from '../errors/mod.ts';
import { canonicalJson, decodeEvent, derivedSubject, encodeEvent, formatMinute, kindOfType, parseMinute, SCHEMAS, token, typeOfKind, type Kind } from './mod.ts';
import { NOON, samplePrediction } from './testing/samples.ts';

describe('envelope', () => {
  const event = { kind: 'prediction.made', id: 'r1.x', source: 'predict', time: NOON, replay: 'r1', data: samplePrediction() } as const;

  it('survives the wire', () => {
    const wire = JSON.parse(JSON.stringify(encodeEvent(event))) as Record<string, unknown>;
    expect(wire.time).toBe('2013-06-10T12:00Z');
    expect(decodeEvent(wire)).toMatchObject({ ...event });
  });

  it('names the field that is wrong', () => {
    const wire = { ...encodeEvent(event), data: { ...(encodeEvent(event).data as object), legs: [{ flight: 'x' }] } };
    expect(() => decodeEvent(wire)).toThrow(/legs\[0\]/);
  });

  it('refuses anything else with a code, never another exception', () => {
    fc.assert(fc.property(fc.anything(), (input) => {
      try {
        decodeEvent(input);
        return false;
      } catch (error) {
        return isDownlineError(error, 'EVENT_INVALID') || isDownlineError(error, 'EVENT_UNKNOWN');
      }
    }));
    expect(() => decodeEvent({ ...encodeEvent(event), type: 'downline.nothing.v1' })).toThrow(/unknown type/);
    expect(() => decodeEvent({ ...encodeEvent(event), type: '__proto__' })).toThrow();
  });

  it('has a type for each kind and back', () => {
    for (const kind of Object.keys(SCHEMAS) as Kind[]) expect(kindOfType(typeOfKind(kind))).toBe(kind);
    expect(kindOfType('downline.constructor.v1')).toBeUndefined();
  });
});

describe('subjects', () => {
  it('keep every id within one token', () => {
    fc.assert(fc.property(fc.string(), (id) => /^[A-Za-z0-9_-]*$/.test(token(id))));
    expect(derivedSubject('prediction.made', samplePrediction())).toBe('prediction.r1.production.event.N14228.N14228_0123456789abcdef');
  });
});

describe('instants', () => {
  it('are whole minutes, there and back', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 60_000_000 }), (minute) => parseMinute(formatMinute(minute)) === minute));
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }));
  });
});
