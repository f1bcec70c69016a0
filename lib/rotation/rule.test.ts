import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMinute } from '../events/mod.ts';
import { minimumTurn, ruleDelays, type RuleLeg } from './rule.ts';

const at = parseMinute;
const noReturn = (): number => { throw new Error('the turn is in sight'); };

function leg(origin: string, destination: string, off: string, on: string, known: Partial<RuleLeg> = {}): RuleLeg {
  return { origin, destination, scheduledOff: at(off), scheduledOn: at(on), status: 'scheduled', off: null, landed: null, on: null, ...known };
}

describe('the rule of thumb', () => {
  it('carries a delay forward and eats the slack of the turn', () => {
    // 40 late; on 14:40 + 40 min turn = 15:20, scheduled 15:00: 20 late.
    const legs = [
      leg('EWR', 'ORD', '2013-06-10T12:00Z', '2013-06-10T14:00Z', { status: 'departed', off: at('2013-06-10T12:40Z') }),
      leg('ORD', 'EWR', '2013-06-10T15:00Z', '2013-06-10T17:00Z'),
    ];
    const [first, second] = ruleDelays(legs, at('2013-06-10T12:45Z'), 150, noReturn);
    expect(first).toMatchObject({ departure: 40, arrival: 40, available: null, previous: -1 });
    expect(second).toMatchObject({ departure: 20, arrival: 20, available: at('2013-06-10T15:20Z'), onTimeAvailable: at('2013-06-10T14:40Z'), hidden: false, previous: 0 });
  });

  it('knows midnight', () => {
    const legs = [
      leg('EWR', 'BOS', '2013-06-10T22:50Z', '2013-06-10T23:50Z', { status: 'arrived', off: at('2013-06-10T23:20Z'), on: at('2013-06-11T00:20Z') }),
      leg('BOS', 'EWR', '2013-06-11T00:30Z', '2013-06-11T01:30Z'),
    ];
    expect(ruleDelays(legs, at('2013-06-11T00:21Z'), 150, noReturn)[1]).toMatchObject({ departure: 30, arrival: 30 });
  });

  it('knows no local time: the night of the clock change is an hour like any other', () => {
    // 01:30 EST off (06:30Z) after a landing at 01:10 EDT (05:10Z): 80 minutes apart, though the clocks show 20.
    const legs = [
      leg('BOS', 'JFK', '2013-11-03T04:10Z', '2013-11-03T05:10Z', { status: 'departed', off: at('2013-11-03T04:20Z') }),
      leg('JFK', 'BOS', '2013-11-03T06:30Z', '2013-11-03T07:30Z'),
    ];
    expect(ruleDelays(legs, at('2013-11-03T04:30Z'), 150, noReturn)[1]).toMatchObject({ departure: 0, available: at('2013-11-03T06:00Z') });
  });

  it('passes every minute on where there is no slack', () => {
    const legs = [
      leg('EWR', 'ORD', '2013-06-10T12:00Z', '2013-06-10T14:00Z', { status: 'departed', off: at('2013-06-10T12:01Z') }),
      leg('ORD', 'EWR', '2013-06-10T14:40Z', '2013-06-10T16:40Z'),
      leg('EWR', 'BOS', '2013-06-10T17:20Z', '2013-06-10T18:20Z'),
    ];
    expect(ruleDelays(legs, at('2013-06-10T12:05Z'), 150, noReturn).map((answer) => answer.departure)).toEqual([1, 1, 1]);
  });

  it('reckons with the unseen flight back of a hidden turn', () => {
    // Out EWR-ORD, on 14:00; 40 + 110 back + 40 = 17:10 at EWR; scheduled 17:20; 25 late out of ORD leaves 15.
    const legs = [leg('EWR', 'ORD', '2013-06-10T12:00Z', '2013-06-10T14:00Z', { status: 'departed', off: at('2013-06-10T12:25Z') }), leg('EWR', 'BOS', '2013-06-10T17:20Z', '2013-06-10T18:20Z')];
    const [, second] = ruleDelays(legs, at('2013-06-10T12:30Z'), 150, () => 110);
    expect(second).toMatchObject({ departure: 15, hidden: true, available: at('2013-06-10T17:35Z'), onTimeAvailable: at('2013-06-10T17:10Z') });
  });

  it('takes a turn that the schedule leaves no room for as planned, and carries a late arrival on in full', () => {
    const out = leg('EWR', 'ORD', '2013-06-10T12:00Z', '2013-06-10T14:00Z');
    const next = leg('EWR', 'BOS', '2013-06-10T16:00Z', '2013-06-10T17:00Z');
    expect(ruleDelays([out, next], at('2013-06-10T10:00Z'), 150, () => 110)[1]).toMatchObject({ departure: 0, onTimeAvailable: at('2013-06-10T17:10Z') });
    const late = { ...out, status: 'departed' as const, off: at('2013-06-10T12:30Z') };
    expect(ruleDelays([late, next], at('2013-06-10T12:35Z'), 150, () => 110)[1]).toMatchObject({ departure: 30 });
  });

  it('passes over a cancelled leg, waits for an overdue one, believes a landing', () => {
    const legs = [
      leg('EWR', 'ORD', '2013-06-10T12:00Z', '2013-06-10T14:00Z', { status: 'departed', off: at('2013-06-10T12:00Z'), landed: at('2013-06-10T14:25Z') }),
      leg('ORD', 'EWR', '2013-06-10T14:50Z', '2013-06-10T16:40Z', { status: 'cancelled' }),
      leg('ORD', 'EWR', '2013-06-10T15:00Z', '2013-06-10T17:00Z'),
    ];
    // On 14:30, ready 15:10; at 15:30 it still stands there.
    expect(ruleDelays(legs, at('2013-06-10T14:26Z'), 150, noReturn)[2]).toMatchObject({ departure: 10, previous: 0 });
    expect(ruleDelays(legs, at('2013-06-10T15:30Z'), 150, noReturn)[2]).toMatchObject({ departure: 30 });
    expect(ruleDelays(legs, at('2013-06-10T14:26Z'), 150, noReturn)[1]).toMatchObject({ departure: 0 });
  });

  it('has a minimum turn for every size', () => {
    expect([50, 90, 91, 240, 241, null].map(minimumTurn)).toEqual([30, 30, 40, 40, 60, 40]);
  });

  it('is monotone: a later first leg makes no later one earlier, and nothing leaves before its schedule', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 30, max: 300 }), fc.integer({ min: 0, max: 200 })), { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (plan, a, b) => {
      const run = (delay: number): number[] => {
        let clock = 1000;
        const legs = plan.map(([block, gap], index): RuleLeg => {
          const scheduledOff = clock;
          clock += block + gap;
          return { origin: `A${index}`, destination: `A${index + 1}`, scheduledOff, scheduledOn: scheduledOff + block, status: index === 0 ? 'departed' : 'scheduled', off: index === 0 ? scheduledOff + delay : null, landed: null, on: null };
        });
        return ruleDelays(legs, 0, 150, noReturn).map((answer) => answer.departure);
      };
      const less = run(Math.min(a, b));
      const more = run(Math.max(a, b));
      less.forEach((delay, index) => {
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(more[index]!).toBeGreaterThanOrEqual(delay);
      });
    }), { numRuns: 60 });
  });
});
