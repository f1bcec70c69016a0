import type { OperationsEvent } from '../events/mod.ts';
import { dayOrdinal } from './calendar.ts';

const DAYS = 12;

/**
 * A small made-up world that touches every feature: twelve days of one
 * aircraft's pair of legs (turn in sight), a third one over an unseen
 * outstation, a flight without an aircraft, a cancellation, a diversion,
 * weather, and ticks. Part of `MEANING`: changing it changes the hash.
 */
export const GOLDEN_EVENTS: readonly OperationsEvent[] = events();

function events(): OperationsEvent[] {
  const first = dayOrdinal('2013-06-26');
  const all: OperationsEvent[] = [];
  for (let index = 0; index < DAYS; index++) day(all, first + index, index);
  return all.map((event, index) => ({ event, index })).sort((a, b) => a.event.knownAt - b.event.knownAt || a.index - b.index).map(({ event }) => event);
}

function day(all: OperationsEvent[], ordinal: number, index: number): void {
  const start = ordinal * 1440;
  const date = new Date(start * 60_000).toISOString().slice(0, 10);
  const legs = [
    ['UA', 1, 'EWR', 'ORD', 660, 820, 'N1'], ['UA', 2, 'ORD', 'EWR', 860, 1000, 'N1'], ['UA', 3, 'EWR', 'BOS', 1050, 1125, 'N1'],
    ['UA', 5, 'EWR', 'ORD', 1350, 1510, 'N1'], ['B6', 7, 'JFK', 'BUF', 900, 985, null],
  ] as const;
  legs.forEach(([carrier, number, origin, destination, off, on, tail], leg) => {
    const flight = `${date}.${carrier}.${number}.${origin}.${destination}`;
    const delay = ((index * 7 + leg * 13) % 50) - 8;
    all.push({ kind: 'flight.scheduled', knownAt: start - 240, data: { flight, day: date, carrier, number, origin, destination, scheduledOff: start + off, scheduledOn: start + on, distance: 5 * (on - off), originOffset: origin === 'ORD' ? -300 : -240 } });
    if (tail !== null) all.push({ kind: 'aircraft.assigned', knownAt: start, data: { flight, tail, aircraft: { built: 1999, seats: 150 }, synthetic: false } });
    if (leg === 4 && index % 5 === 2) {
      all.push({ kind: 'flight.cancelled', knownAt: start + off - 90, data: { flight } });
      return;
    }
    const left = start + off + delay;
    all.push({ kind: 'flight.offblock', knownAt: left + 1, data: { flight, at: left } }, { kind: 'flight.tookoff', knownAt: left + 14, data: { flight, at: left + 13 } });
    const arrived = start + on + delay - 6;
    if (leg === 2 && index === 9) all.push({ kind: 'flight.diverted', knownAt: arrived + 30, data: { flight } });
    else all.push({ kind: 'flight.landed', knownAt: arrived - 4, data: { flight, at: arrived - 5 } }, { kind: 'flight.onblock', knownAt: arrived + 1, data: { flight, at: arrived } });
  });
  for (let hour = 0; hour < 24; hour += 1) {
    const at = start + hour * 60;
    for (const airport of ['EWR', 'JFK']) {
      if (airport === 'JFK' && hour % 7 === 3) continue;
      all.push({
        kind: 'weather.observed', knownAt: at + 5,
        data: { airport, at, temperature: 60 + hour, dewPoint: 55, windDirection: (hour * 40 + index) % 360, windSpeed: hour, windGust: hour % 3 === 0 ? hour + 9 : null, precipitation: hour % 4 === 1 ? 0.12 : 0, pressure: 1010 + (hour % 5), visibility: 10 - (hour % 6) },
      });
    }
  }
  for (let now = start + 600; now <= start + 1500; now += 90) all.push({ kind: 'clock.ticked', knownAt: now, data: { now } });
}
