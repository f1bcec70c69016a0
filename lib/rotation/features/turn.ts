import { arrivalDelay, departureDelay } from '../flight.ts';
import { feature, type FeatureGroup } from './feature.ts';

const NONE = 'no leg precedes on this day';

/** The turn before the leg, the aircraft, and what it has done so far. */
export const turnFeatures: FeatureGroup = {
  features: [
    feature('turn_slack', 'Scheduled departure minus the time at which the aircraft is ready by the rule if the leg before is on time', 'min', 'schedule, assignment', NONE),
    feature('projected_slack', 'The same with what is known of the leg before: below 0 the rule expects a delay', 'min', 'schedule, movements', NONE),
    feature('hidden_turn', '1 when the leg before ends elsewhere, so that the flight back is not seen', '0/1', 'schedule, assignment', NONE),
    feature('rule_departure', "The rule of thumb's departure delay", 'min', 'schedule, movements'),
    feature('rule_arrival', "The rule of thumb's arrival delay", 'min', 'schedule, movements'),
    feature('inbound_departure_delay', 'Departure delay of the leg before', 'min', 'movements', `${NONE}, or it has not left`),
    feature('inbound_arrival_delay', 'Arrival delay of the leg before', 'min', 'movements', `${NONE}, or it has not arrived`),
    feature('inbound_age', 'Time since the last movement of the leg before became known', 'min', 'movements', `${NONE}, or it has not moved`),
    feature('open_before', 'Legs before this one that are still open', 'count', 'movements'),
    feature('worst_delay', 'Greatest known delay of the aircraft so far today', 'min', 'movements', 'nothing is known of today'),
    feature('since_off', 'Time since the leg left', 'min', 'movements, clock', 'it has not left'),
    feature('taxi_out', 'Time from off-block to take-off', 'min', 'movements', 'it has not taken off'),
    feature('aircraft_age', 'Age of the airframe', 'years', 'assignment', 'no aircraft, or not in the register'),
    feature('seats', 'Seats of the aircraft', 'count', 'assignment', 'no aircraft, or not in the register'),
    feature('yesterday_delay', "Last known delay of the aircraft's last leg of the day before, or of two days before", 'min', 'movements', 'no such leg is known'),
    feature('rest', 'Time from the end of that leg to this departure', 'min', 'movements, schedule', 'no such leg is known, or it is not the first leg of the day'),
  ],
  fill(out, at, context) {
    const { now, flight, rule, previous, airframe, yesterday } = context;
    const { scheduledOff } = flight.schedule;
    const moved = previous?.on ?? previous?.landed ?? previous?.tookOff ?? previous?.off ?? null;
    out[at] = rule.onTimeAvailable === null ? null : scheduledOff - rule.onTimeAvailable;
    out[at + 1] = rule.available === null ? null : scheduledOff - rule.available;
    out[at + 2] = previous === null ? null : rule.hidden ? 1 : 0;
    out[at + 3] = rule.departure;
    out[at + 4] = rule.arrival;
    out[at + 5] = previous === null ? null : departureDelay(previous);
    out[at + 6] = previous === null ? null : arrivalDelay(previous);
    out[at + 7] = moved === null ? null : now - moved.knownAt;
    out[at + 8] = context.openBefore;
    out[at + 9] = context.worstDelay;
    out[at + 10] = flight.off === null ? null : now - flight.off.value;
    out[at + 11] = flight.off === null || flight.tookOff === null ? null : flight.tookOff.value - flight.off.value;
    out[at + 12] = airframe === null || airframe.built === null ? null : flight.day / 365.2425 + 1970 - airframe.built;
    out[at + 13] = airframe?.seats ?? null;
    out[at + 14] = yesterday?.delay ?? null;
    out[at + 15] = yesterday === null || previous !== null ? null : scheduledOff - yesterday.on;
  },
};
