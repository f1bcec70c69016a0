import type { AnyEnvelope, DerivedKind, Envelope, StreamName } from '../events/mod.ts';

/**
 * A fold: state that is a pure function of the events of one or more streams,
 * with emissions. The one way in which Downline's functions remember.
 *
 * The driver (`createFold`) keeps, per replay, the state and the last sequence
 * applied of each input stream. An event with a sequence that was applied is
 * passed over (duplicates, redelivery). On start it loads the newest snapshot
 * (S3, `state/<fold>/<version>/<replay>/…`), reads what the streams have beyond
 * it up to what is delivered, and goes on: a crash loses nothing. Emissions are
 * stored before the batch is acknowledged and carry deterministic subjects, so
 * that a repetition stores nothing twice.
 */
export interface Fold<State> {
  readonly name: string;
  /** Changes when the meaning of the state changes: older snapshots are then ignored and the state is rebuilt. */
  readonly version: string;
  readonly inputs: readonly { readonly stream: StreamName; subjects(replay: string): readonly string[] }[];
  /** `single-writer`: this fold alone writes the stream, every append is fenced. `facts`: each emission's subject is its identity. */
  readonly output: { readonly mode: 'single-writer'; readonly stream: StreamName } | { readonly mode: 'facts' };
  initial(replay: string): State | Promise<State>;
  /** Applies one event in place; returns what is to be emitted. Must not read a clock or roll dice. What it throws with retry `never` (and a status below 500) is the event's fault: it must be thrown before the state is changed. May be async only to read immutable things (the lake). */
  apply(state: State, event: AnyEnvelope): readonly Envelope<DerivedKind>[] | Promise<readonly Envelope<DerivedKind>[]>;
  /** JSON of the state, canonical: equal states give equal text (its SHA-256 is the state hash). */
  encode(state: State): string;
  decode(text: string): State;
  /** True after an event at which a snapshot is worth its cost (a day's end). */
  snapshotAfter?(event: AnyEnvelope): boolean;
}
