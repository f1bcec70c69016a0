import type { Bus } from '../../lib/clients/nats/mod.ts';
import { token, type AnyEnvelope } from '../../lib/events/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import type { Vector } from './predictor.ts';

/** Finds the newest vector of a rotation: the stream is the only memory, but for which rotation a flight belongs to. */
export interface Vectors {
  /** The current replay (looked up at most once a second). */
  replay(): Promise<string>;
  ofRotation(rotation: string): Promise<Vector | null>;
  ofFlight(flight: string): Promise<Vector | null>;
  /** Learns from vectors that came by. */
  note(vectors: readonly Vector[]): void;
}

/** A vector's message that lies in the stream, or null. */
export function asVector(event: AnyEnvelope | null): Vector | null {
  return event?.kind === 'rotation.changed' && event.sequence !== undefined && event.stream === 'ROTATIONS' ? { ...event, sequence: event.sequence } : null;
}

/** Flights that are remembered; several days of an airline. */
const REMEMBERED = 20_000;
/** How far back a flight that nobody has met is looked for (messages), and how often at most (ms). */
const LOOK_BACK = 8000;
const LOOK_EVERY = 30_000;
const REPLAY_FOR = 1000;

export function createVectors(bus: Bus): Vectors {
  const rotations = new Map<string, string>();
  let replay: { readonly id: Promise<string>; readonly until: number } | undefined;
  let looking: Promise<void> | undefined;
  let looked = -Infinity;

  const note = (vectors: readonly Vector[]): void => {
    for (const { data } of vectors) {
      for (const { flight } of data.legs) {
        rotations.delete(flight);
        rotations.set(flight, data.rotation);
      }
    }
    for (const flight of rotations.keys()) {
      if (rotations.size <= REMEMBERED) break;
      rotations.delete(flight);
    }
  };
  const lookBack = async (id: string): Promise<void> => {
    const { last } = await bus.bounds('ROTATIONS');
    for await (const event of bus.read('ROTATIONS', { from: Math.max(1, last - LOOK_BACK), to: last, subjects: [`rotation.${id}.changed.*`] })) {
      const vector = asVector(event);
      if (vector !== null) note([vector]);
    }
  };
  const current = (): Promise<string> => {
    if (replay === undefined || performance.now() > replay.until) {
      const id = currentReplay(bus);
      replay = { id, until: performance.now() + REPLAY_FOR };
      id.catch(() => { replay = undefined; });
    }
    return replay.id;
  };
  const ofRotation = async (rotation: string): Promise<Vector | null> => {
    const vector = asVector(await bus.last('ROTATIONS', `rotation.${await current()}.changed.${token(rotation)}`));
    // Two ids may share a subject token.
    return vector?.data.rotation === rotation ? vector : null;
  };
  const holding = async (rotation: string | undefined, flight: string): Promise<Vector | null> => {
    const vector = rotation === undefined ? null : await ofRotation(rotation);
    return vector?.data.legs.some((leg) => leg.flight === flight) === true ? vector : null;
  };

  return {
    replay: current,
    ofRotation,
    note,
    async ofFlight(flight) {
      const known = await holding(rotations.get(flight), flight) ?? await holding(`flight-${flight}`, flight);
      if (known !== null) return known;
      if (looking === undefined && performance.now() - looked > LOOK_EVERY) {
        looked = performance.now();
        looking = lookBack(await current()).finally(() => { looking = undefined; });
      }
      await looking;
      return holding(rotations.get(flight), flight);
    },
  };
}
