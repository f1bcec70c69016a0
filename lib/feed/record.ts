import type { AircraftAssigned, WeatherObserved } from '../events/mod.ts';

/** One recorded flight of the lake, as cleaned. Instants are UTC minutes, delays minutes. */
export interface FlightRecord {
  readonly flight: string;
  readonly day: string;
  readonly carrier: string;
  readonly number: number;
  /** The aircraft that flew, or was to fly; null where the source hides it (cancellations only). */
  readonly tail: string | null;
  readonly origin: string;
  readonly destination: string;
  readonly scheduledOff: number;
  readonly scheduledOn: number;
  /** Off-block, on-block; null where it did not leave, or did not arrive. */
  readonly off: number | null;
  readonly on: number | null;
  /** Derived from the air time; null where that is not known. */
  readonly wheelsOff: number | null;
  readonly wheelsOn: number | null;
  readonly state: 'operated' | 'cancelled' | 'diverted' | 'never-arrived';
  readonly departureDelay: number | null;
  readonly arrivalDelay: number | null;
  /** Statute miles. */
  readonly distance: number;
  /** Minutes that local time at the origin is ahead of UTC at the scheduled departure. */
  readonly originOffset: number;
}

/** One recorded observation; the event has the same fields. */
export type WeatherRecord = WeatherObserved;

/** What the register says of an aircraft. */
export type PlaneRecord = NonNullable<AircraftAssigned['aircraft']>;

/** Where the feed reads from. A day or an hour that is not there is empty, not an error. */
export interface FeedReader {
  /** All flights of an operating day. */
  flights(day: string): Promise<readonly FlightRecord[]>;
  /** Observations at instants `from <= at < to`. */
  weather(from: number, to: number): Promise<readonly WeatherRecord[]>;
  /** The register by tail. */
  planes(): Promise<ReadonlyMap<string, PlaneRecord>>;
}
