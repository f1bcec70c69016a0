import type { OperationsEvent } from '../events/mod.ts';

/** 2013-06-10T06:00Z in UTC minutes. */
export const START = Date.UTC(2013, 5, 10, 6) / 60_000;

/** A small made-up feed for tests: one flight an hour with its movements, weather, and a tick every quarter of an hour. */
export function feedOf(options: { readonly hours: number }): OperationsEvent[] {
  const events: OperationsEvent[] = [];
  for (let hour = 0; hour < options.hours; hour++) {
    const at = START + hour * 60;
    const flight = `2013-06-10.UA.${1000 + hour}.EWR.ORD.${String(hour % 24).padStart(2, '0')}00`;
    events.push(
      { kind: 'flight.scheduled', knownAt: at, data: { flight, day: '2013-06-10', carrier: 'UA', number: 1000 + hour, origin: 'EWR', destination: 'ORD', scheduledOff: at + 20, scheduledOn: at + 170, distance: 719, originOffset: -240 } },
      { kind: 'aircraft.assigned', knownAt: at + 1, data: { flight, tail: `N${100 + hour % 3}UA`, aircraft: { built: 1999, seats: 140 }, synthetic: false } },
      { kind: 'weather.observed', knownAt: at + 5, data: { airport: 'EWR', at, temperature: 70, dewPoint: 60, windDirection: 200, windSpeed: 9, windGust: null, precipitation: 0, pressure: 1013, visibility: 10 } },
      { kind: 'flight.offblock', knownAt: at + 24, data: { flight, at: at + 23 } },
      { kind: 'flight.tookoff', knownAt: at + 36, data: { flight, at: at + 36 } },
      { kind: 'flight.landed', knownAt: at + 160, data: { flight, at: at + 160 } },
      { kind: 'flight.onblock', knownAt: at + 168, data: { flight, at: at + 168 } },
    );
  }
  const end = START + options.hours * 60 + 180;
  for (let now = START; now <= end; now += 15) events.push({ kind: 'clock.ticked', knownAt: now, data: { now } });
  // A tick closes its minute.
  return events.sort((a, b) => a.knownAt - b.knownAt || Number(a.kind === 'clock.ticked') - Number(b.kind === 'clock.ticked'));
}
