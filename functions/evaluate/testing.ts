import { z } from 'zod';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { encodeEvent, outcomeKnown, rotationChanged, type Leg, type OutcomeKnown, type RotationChanged } from '../../lib/events/mod.ts';
import { writeParquet } from '../../lib/lake/mod.ts';
import { CATEGORIES, FEATURES, MEANING } from '../../lib/rotation/mod.ts';
import { createRandom, normalFrom } from '../../lib/statistics/mod.ts';

/** A made-up airline for tests: delays that grow along a rotation, days that differ. Real messages are in the end-to-end test. */

const FROM = Date.parse('2013-06-01T00:00Z') / 60_000;

export interface World { readonly messages: { id: string; split: 'valid' | 'test'; data: RotationChanged }[]; readonly outcomes: OutcomeKnown[] }

/** `days` operating days of `aircraft` aircraft with three legs each; the last days are the test. */
export function makeWorld({ days = 6, testDays = 4, aircraft = 12, seed = 1 } = {}): World {
  const random = createRandom(seed);
  const messages: World['messages'] = [];
  const outcomes: OutcomeKnown[] = [];
  for (let index = 0; index < days; index += 1) {
    const day = new Date((FROM + index * 1440) * 60_000).toISOString().slice(0, 10);
    const weather = Math.abs(normalFrom(random)) * 12;
    for (let craft = 0; craft < aircraft; craft += 1) {
      const tail = `N${100 + craft}AA`;
      const delays: number[] = [];
      for (let place = 0; place < 3; place += 1) delays.push(Math.round(Math.max(-10, (delays.at(-1) ?? 0) * 0.7 + weather + normalFrom(random) * 15)));
      const legs = delays.map((_, place) => legOf(day, index, craft, place));
      legs.forEach((leg, place) => outcomes.push(outcomeOf(leg, day, tail, delays[place]!, random() < 0.03)));
      for (const lead of [300, 130, 70, 10]) {
        const asOf = legs[0]!.scheduledOff - lead;
        messages.push(messageOf({ day, tail, asOf, legs: legs.map((leg) => withVector(leg, asOf, delays, random)), split: index < days - testDays ? 'valid' : 'test' }));
      }
      // The first leg has left: its delay is known.
      const asOf = legs[0]!.scheduledOff + Math.max(0, delays[0]!) + 5;
      messages.push(messageOf({
        day, tail, asOf, split: index < days - testDays ? 'valid' : 'test',
        legs: legs.map((leg, place) => ({ ...withVector(leg, asOf, delays, random), ...(place === 0 && { status: 'departed' as const, off: leg.scheduledOff + delays[0]! }) })),
      }));
    }
  }
  return { messages, outcomes };
}

/** Writes a world as a dataset version. */
export async function putWorld(objects: Objects, version: string, world: World): Promise<void> {
  await writeParquet(objects, `datasets/${version}/messages.parquet`, { id: 'string', day: 'string', split: 'string', body: 'string' }, world.messages.map(({ id, split, data }) => ({
    id, day: data.day, split,
    body: JSON.stringify(encodeEvent({ kind: 'rotation.changed', id, source: 'test', time: data.asOf, replay: data.replay, data })),
  })));
  await writeParquet(objects, `datasets/${version}/outcomes.parquet`, { flight: 'string', day: 'string', body: 'string' }, world.outcomes.map((data) => ({
    flight: data.flight, day: data.day,
    body: JSON.stringify(encodeEvent({ kind: 'outcome.known', id: data.flight, source: 'test', time: data.knownAt, replay: data.replay, data })),
  })));
}

function legOf(day: string, index: number, craft: number, place: number): Leg {
  const scheduledOff = FROM + index * 1440 + 10 * 60 + craft * 7 + place * 210;
  return {
    flight: `${day}.AA.${craft * 10 + place}.JFK.LAX.${String(place).padStart(4, '0')}`, carrier: craft % 2 === 0 ? 'AA' : 'UA', number: craft * 10 + place,
    origin: place % 2 === 0 ? 'JFK' : 'LAX', destination: place % 2 === 0 ? 'LAX' : 'JFK', scheduledOff, scheduledOn: scheduledOff + 150,
    status: 'scheduled', off: null, on: null, rule: { departure: 0, arrival: 0 }, features: null, categories: null,
  };
}

/** The vector says little: the time to departure, the slack, and a hint of what is to come. */
function withVector(leg: Leg, asOf: number, delays: readonly number[], random: () => number): Leg {
  const lead = leg.scheduledOff - asOf;
  const values: Record<string, number | null> = { lead, overdue: 0, turn_slack: 60, projected_slack: 60, precipitation: random() < 0.2 ? null : delays[0]! > 20 ? 0.2 : 0, local_minute_sin: 0.5, local_minute_cos: -0.8, holiday_distance: 7 };
  return {
    ...leg,
    features: FEATURES.map((feature) => values[feature.name] ?? (feature.name === 'precipitation' ? null : 1)),
    categories: CATEGORIES.map((category) => (category.name === 'aircraft' ? 'assigned' : 'AA')),
  };
}

function messageOf({ day, tail, asOf, legs, split }: { day: string; tail: string; asOf: number; legs: Leg[]; split: 'valid' | 'test' }): World['messages'][number] {
  const data: RotationChanged = { replay: 'r', rotation: tail, tail, day, asOf, sequence: 1, cause: 'clock.ticked', meaning: MEANING, stale: [], legs };
  return { id: `${tail}.${asOf}`, split, data: z.decode(rotationChanged, z.encode(rotationChanged, data)) };
}

function outcomeOf(leg: Leg, day: string, tail: string, delay: number, cancelled: boolean): OutcomeKnown {
  return z.decode(outcomeKnown, z.encode(outcomeKnown, {
    replay: 'r', flight: leg.flight, day, rotation: tail, carrier: leg.carrier, origin: leg.origin, destination: leg.destination,
    scheduledOff: leg.scheduledOff, scheduledOn: leg.scheduledOn, state: cancelled ? 'cancelled' : 'operated',
    departureDelay: cancelled ? null : delay, arrivalDelay: cancelled ? null : delay - 5, off: cancelled ? null : leg.scheduledOff + delay,
    knownAt: leg.scheduledOn + Math.max(0, delay), sequence: 1,
  }));
}
