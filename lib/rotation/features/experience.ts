import { feature, type FeatureGroup } from './feature.ts';

const NEW = 'hardly any such flight is known';

/** The weeks behind: the open operating days and the closed ones, which fade by half in 14 days. */
export const experienceFeatures: FeatureGroup = {
  features: [
    feature('origin_history', 'Mean departure delay at the origin', 'min', 'off-block, faded', NEW),
    feature('hour_history', 'Mean departure delay at the origin of flights of the same local hour', 'min', 'off-block, faded', NEW),
    feature('carrier_history', 'Mean departure delay of the carrier at the origin', 'min', 'off-block, faded', NEW),
    feature('route_history', 'Mean departure delay of the route', 'min', 'off-block, faded', NEW),
    feature('route_gain', 'Mean arrival delay minus departure delay of the route', 'min', 'movements, faded', NEW),
    feature('destination_history', 'Mean arrival delay at the destination', 'min', 'on-block, faded', NEW),
    feature('number_history', 'Mean departure delay of the flight number at the origin', 'min', 'off-block, faded', NEW),
  ],
  fill(out, at, { flight: { counted, day } }) {
    out[at] = counted.originHistory.mean(day, 'delay', 'departures');
    out[at + 1] = counted.hourHistory.mean(day, 'delay', 'departures');
    out[at + 2] = counted.carrierHistory.mean(day, 'delay', 'departures');
    out[at + 3] = counted.routeHistory.mean(day, 'delay', 'departures');
    out[at + 4] = counted.routeHistory.mean(day, 'gain', 'gains');
    out[at + 5] = counted.destinationHistory.mean(day, 'arrivalDelay', 'arrivals');
    out[at + 6] = counted.numberHistory.mean(day, 'delay', 'departures');
  },
};
