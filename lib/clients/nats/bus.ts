import type { AnyEnvelope, DataOf, DerivedKind, Envelope, OperationsKind, StreamName } from '../../events/mod.ts';

/** How an event is stored so that a repetition changes nothing. */
export type Expect =
  /** Refused (reported as `duplicate`) when the subject has a message already: for facts whose subject is their identity. */
  | 'new'
  /** No expectation: for notifications whose truth is elsewhere. */
  | 'any';

export interface Stored { readonly sequence: number; readonly duplicate: boolean }

/**
 * NATS JetStream as Downline uses it. One instance a process and account
 * (`production` or `staging`); reconnects for ever; every method throws
 * `SERVICE_DOWN` when the server does not answer within its time.
 */
export interface Bus {
  /** Stores derived events on their subjects, pipelined, in order; resolves when all are acknowledged. */
  publish(events: readonly Envelope<DerivedKind>[], expect: Expect): Promise<Stored[]>;
  /**
   * Appends events to a stream with a single writer. The first must land at
   * `after + 1`, the next at `after + 2`, …: this is the fence. Returns the
   * new last sequence; throws `WRITER_FENCED` when somebody else has written.
   */
  append(stream: StreamName, events: readonly Envelope[], after: number): Promise<number>;
  /** The last message on a subject (wildcards allowed), or null. */
  last(stream: StreamName, subject: string): Promise<AnyEnvelope | null>;
  /** The message at a sequence, or null. */
  at(stream: StreamName, sequence: number): Promise<AnyEnvelope | null>;
  /** First and last sequence (0 when empty). */
  bounds(stream: StreamName): Promise<{ first: number; last: number }>;
  /** Messages from a sequence (inclusive) up to one (inclusive; default the end as of the call), in order, filtered by subjects. */
  read(stream: StreamName, options: { from: number; to?: number; subjects?: readonly string[] }): AsyncIterable<AnyEnvelope>;
  /** Follows a stream live: from a sequence on, or only what is new. Ends when `signal` aborts. */
  follow(stream: StreamName, options: { subjects?: readonly string[]; from?: number; signal: AbortSignal }): AsyncIterable<AnyEnvelope>;
  /** Stores a raw message as a dead letter with its reason. */
  bury(letter: DeadLetter): Promise<void>;
  /** Records by key under compare-and-swap. */
  records(bucket: string): Promise<Records>;
  close(): Promise<void>;
}

/** What could not be processed: kept with its reason until somebody looks. */
export interface DeadLetter {
  readonly replay: string;
  readonly consumer: string;
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly code: string;
  readonly reason: string;
  /** The message as it came, base64. */
  readonly body: string;
}

/** A KV bucket of JSON records. */
export interface Records {
  get(key: string): Promise<{ value: unknown; revision: number } | null>;
  /** Creates; throws `CONFLICT` when there is one. */
  create(key: string, value: unknown): Promise<number>;
  /** Replaces the revision that was read; throws `CONFLICT` when it is no longer the last. */
  update(key: string, value: unknown, revision: number): Promise<number>;
  keys(): Promise<string[]>;
  watch(signal: AbortSignal): AsyncIterable<{ key: string; value: unknown; revision: number }>;
}

export type { DataOf, OperationsKind };
