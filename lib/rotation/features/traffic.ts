import { SLOT } from '../windows.ts';
import { feature, type FeatureGroup } from './feature.ts';

const QUIET = 'nothing of the kind in that time';

/** The origin, the destination, the carrier and the network: the last hours and the next. Averages clip delays to -30 to 180 min. */
export const trafficFeatures: FeatureGroup = {
  features: [
    feature('origin_delay_1h', 'Mean delay of departures from the origin in the last 4 quarters of an hour', 'min', 'off-block', QUIET),
    feature('origin_delay_3h', 'The same over 12 quarters', 'min', 'off-block', QUIET),
    feature('origin_late_3h', 'Share of them 15 or more minutes late', '1', 'off-block', QUIET),
    feature('origin_departures_1h', 'Departures from the origin in the last 4 quarters', 'count', 'off-block'),
    feature('origin_overdue', 'Flights of the origin that were to leave in the last 3 h and neither left nor are cancelled', 'count', 'schedule, off-block, cancellation'),
    feature('origin_cancellations', 'Cancellations at the origin that became known in the last 3 h', 'count', 'cancellation'),
    feature('origin_taxi_out', 'Mean taxi-out time at the origin over 8 quarters', 'min', 'off-block, take-off', QUIET),
    feature('origin_demand', 'Departures scheduled at the origin in the hour around this one', 'count', 'schedule, cancellation'),
    feature('origin_demand_3h', 'Departures scheduled at the origin in the 3 h from now', 'count', 'schedule, cancellation'),
    feature('carrier_origin_delay_3h', "Mean delay of the carrier's departures from the origin over 12 quarters", 'min', 'off-block', QUIET),
    feature('carrier_origin_demand', "The carrier's departures scheduled at the origin in the hour around this one", 'count', 'schedule, cancellation'),
    feature('carrier_delay_3h', "Mean delay of the carrier's departures anywhere over 12 quarters", 'min', 'off-block', QUIET),
    feature('carrier_cancelled_6h', "Share of the carrier's flights of the last 6 h that are cancelled", '1', 'schedule, cancellation', QUIET),
    feature('network_delay_1h', 'Mean delay of all departures over 4 quarters', 'min', 'off-block', QUIET),
    feature('destination_arrival_delay_6h', 'Mean delay of arrivals at the destination over 24 quarters', 'min', 'on-block', QUIET),
  ],
  fill(out, at, { now, flight }) {
    const { counted, schedule } = flight;
    const origin = counted.origin.recent(now);
    const carrierOrigin = counted.carrierOrigin.recent(now);
    const carrier = counted.carrier.recent(now);
    const network = counted.network.recent(now);
    const around = schedule.scheduledOff - 2 * SLOT;
    out[at] = origin.delay1h;
    out[at + 1] = origin.delay3h;
    out[at + 2] = origin.late3h;
    out[at + 3] = origin.departures1h;
    out[at + 4] = origin.overdue3h;
    out[at + 5] = origin.cancellations3h;
    out[at + 6] = origin.taxi2h;
    out[at + 7] = counted.origin.demand(around, 4);
    out[at + 8] = counted.origin.demand(now, 12);
    out[at + 9] = carrierOrigin.delay3h;
    out[at + 10] = counted.carrierOrigin.demand(around, 4);
    out[at + 11] = carrier.delay3h;
    out[at + 12] = carrier.cancelled6h;
    out[at + 13] = network.delay1h;
    out[at + 14] = counted.destination.recent(now).arrivalDelay6h;
  },
};
