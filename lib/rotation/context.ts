import type { LegStatus, UtcMinute } from '../events/mod.ts';
import { arrivalDelay, departureDelay, isOpen, statusOf, type Flight } from './flight.ts';
import { rotationOf, routeKey, type Airframe, type NetworkState, type Rotation } from './network.ts';
import { ruleDelays, type RuleDelay, type RuleLeg } from './rule.ts';

/** What the features of a leg may look at: the state and its leg's place in the rotation. Nothing of it is later than `now`. */
export interface LegContext {
  readonly network: NetworkState;
  readonly now: UtcMinute;
  readonly flight: Flight;
  readonly status: LegStatus;
  readonly rule: RuleDelay;
  /** The leg before that is not cancelled. */
  readonly previous: Flight | null;
  readonly previousStatus: LegStatus | null;
  /** Among the legs that are not cancelled: place from 0, those after it, open ones before it. */
  readonly position: number;
  readonly remaining: number;
  readonly openBefore: number;
  /** Greatest known delay of the aircraft today. */
  readonly worstDelay: number | null;
  readonly airframe: Airframe | null;
  /** The aircraft's last leg of the day before (or two before): its last known delay and when it ends. */
  readonly yesterday: { readonly delay: number | null; readonly on: UtcMinute } | null;
}

/** The contexts of a rotation's legs, cancelled ones included. */
export function legContexts(network: NetworkState, rotation: Rotation, now: UtcMinute): LegContext[] {
  const { flights } = rotation;
  const statuses = flights.map(statusOf);
  const airframe = rotation.tail === null ? null : (network.airframes.get(rotation.tail) ?? null);
  const rule = ruleDelays(flights.map((flight, index) => ruleLeg(flight, statuses[index]!)), now, airframe?.seats ?? null, (before, leg) => returnBlock(network, rotation, before, leg));
  const yesterday = rotation.tail === null ? null : lastOfDayBefore(network, rotation, rotation.tail);
  const kept = statuses.reduce((sum, status) => sum + (status === 'cancelled' ? 0 : 1), 0);
  let position = 0;
  let openBefore = 0;
  let worstDelay: number | null = null;
  return flights.map((flight, index) => {
    const answer = rule[index]!;
    const status = statuses[index]!;
    const context: LegContext = {
      network, now, flight, status, rule: answer,
      previous: answer.previous === -1 ? null : flights[answer.previous]!,
      previousStatus: answer.previous === -1 ? null : statuses[answer.previous]!,
      position, remaining: Math.max(0, kept - position - 1), openBefore, worstDelay, airframe, yesterday,
    };
    if (status !== 'cancelled') position++;
    if (isOpen(flight)) openBefore++;
    const delay = arrivalDelay(flight) ?? departureDelay(flight);
    if (delay !== null && (worstDelay === null || delay > worstDelay)) worstDelay = delay;
    return context;
  });
}

function ruleLeg({ schedule, off, landed, on }: Flight, status: LegStatus): RuleLeg {
  return {
    origin: schedule.origin, destination: schedule.destination, scheduledOff: schedule.scheduledOff, scheduledOn: schedule.scheduledOn,
    status, off: off?.value ?? null, landed: landed?.value ?? null, on: on?.value ?? null,
  };
}

/**
 * Minutes of the unseen flight back: the scheduled block that the way back has
 * in the records, else that of the way out with the time that this route wins
 * or loses.
 */
function returnBlock(network: NetworkState, rotation: Rotation, before: RuleLeg, leg: RuleLeg): number {
  const back = network.histories.get(routeKey(before.destination, leg.origin))?.mean(rotation.ordinal, 'block', 'scheduled') ?? null;
  if (back !== null) return Math.round(back);
  const out = before.scheduledOn - before.scheduledOff;
  const gain = network.histories.get(routeKey(before.origin, before.destination))?.mean(rotation.ordinal, 'gain', 'gains') ?? 0;
  return Math.max(0, out + Math.round(gain));
}

function lastOfDayBefore(network: NetworkState, rotation: Rotation, tail: string): LegContext['yesterday'] {
  for (let back = 1; back <= 2; back++) {
    const flights = rotationOf(network, rotation.ordinal - back, tail)?.flights ?? [];
    for (let index = flights.length - 1; index >= 0; index--) {
      const flight = flights[index]!;
      if (statusOf(flight) === 'cancelled') continue;
      return { delay: arrivalDelay(flight) ?? departureDelay(flight), on: flight.on?.value ?? flight.schedule.scheduledOn };
    }
  }
  return null;
}
