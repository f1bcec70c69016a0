import { latest, observedAt } from '../weather.ts';
import { feature, type FeatureGroup } from './feature.ts';

/** Minutes after which an observation says nothing about now. */
const OLDEST = 6 * 60;
const OLD = 'no observation of the last 6 h';
const VALUE = `${OLD}, or without this value`;

/** The weather at the origin as last observed. Ceilings are not in the observations. */
export const conditionFeatures: FeatureGroup = {
  features: [
    feature('temperature', 'Temperature', '°F', 'weather', VALUE),
    feature('dew_spread', 'Temperature minus dew point: near 0 in fog', '°F', 'weather', VALUE),
    feature('wind_speed', 'Wind speed', 'mph', 'weather', VALUE),
    feature('wind_gust', 'Gust speed; the wind speed when no gust was observed', 'mph', 'weather', VALUE),
    feature('wind_north', 'Wind from the north: speed times cosine of its direction', 'mph', 'weather', VALUE),
    feature('wind_east', 'Wind from the east: speed times sine of its direction', 'mph', 'weather', VALUE),
    feature('precipitation', 'Precipitation of the hour', 'in', 'weather', VALUE),
    feature('precipitation_3h', 'Precipitation of the last 3 observed hours', 'in', 'weather', VALUE),
    feature('pressure', 'Pressure at sea level', 'hPa', 'weather', VALUE),
    feature('pressure_trend', 'Change of the pressure in 3 h', 'hPa', 'weather', `${VALUE}, or none 3 h before`),
    feature('visibility', 'Visibility', 'mi', 'weather', VALUE),
    feature('weather_age', 'Age of the observation', 'min', 'weather, clock', OLD),
  ],
  fill(out, at, { network, now, flight }) {
    const list = network.weather.get(flight.schedule.origin);
    const seen = latest(list, now);
    if (list === undefined || seen === null || now - seen.at > OLDEST) {
      for (let index = at; index < at + 12; index++) out[index] = null;
      return;
    }
    const { temperature, dewPoint, windSpeed, windGust, windDirection, precipitation, pressure, visibility } = seen;
    const before = observedAt(list, seen.at - 180);
    const bearing = windDirection === null ? null : (windDirection * Math.PI) / 180;
    let rain: number | null = precipitation;
    for (let back = 1; back < 3; back++) {
      const earlier = observedAt(list, seen.at - 60 * back)?.precipitation ?? 0;
      if (rain !== null) rain += earlier;
    }
    out[at] = temperature;
    out[at + 1] = temperature === null || dewPoint === null ? null : temperature - dewPoint;
    out[at + 2] = windSpeed;
    out[at + 3] = windGust ?? windSpeed;
    out[at + 4] = windSpeed === null || bearing === null ? null : windSpeed * Math.cos(bearing);
    out[at + 5] = windSpeed === null || bearing === null ? null : windSpeed * Math.sin(bearing);
    out[at + 6] = precipitation;
    out[at + 7] = rain;
    out[at + 8] = pressure;
    out[at + 9] = change(before?.pressure, pressure);
    out[at + 10] = visibility;
    out[at + 11] = now - seen.at;
  },
};

function change(before: number | null | undefined, after: number | null): number | null {
  return before === null || before === undefined || after === null ? null : after - before;
}
