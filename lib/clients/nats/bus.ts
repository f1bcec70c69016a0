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
   * `after + 1`, the next at `after + 2`, …: this is the fence. Stored in atomic
   * batches of up to 1000. Returns the new last sequence; throws `WRITER_FENCED`
   * when somebody else has written.
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
  /**
   * A durable pull consumer in strict order, one batch at a time. The next batch
   * comes when the former was acknowledged; after a lost connection, or when the
   * iteration is begun anew, everything from the last acknowledged message on is
   * delivered again (so twice, never out of order). Goes on for ever; ends when
   * `signal` aborts. One iteration at a time for a consumer.
   */
  deliveries(options: DeliveryOptions): AsyncIterable<DeliveredBatch>;
  /** Removes a durable consumer; fine when there is none. */
  forget(stream: StreamName, consumer: string): Promise<void>;
  /** Every durable consumer of every stream: what it has yet to be given, what it was given and has not acknowledged, and the last sequence up to which all is acknowledged. */
  consumers(): Promise<ConsumerState[]>;
  /**
   * Resolves when every durable consumer has digested everything: nothing
   * pending, nothing unacknowledged, and no stream grew meanwhile. The
   * conductor's barrier. Throws `BUSY` after `timeoutMs`.
   */
  settled(timeoutMs: number): Promise<void>;
  /** Stores a message as it is, however malformed: for the disorder that the simulator injects, and for tests. Returns its sequence. */
  publishRaw(subject: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<number>;
  /** Stores a raw message as a dead letter with its reason, once for a consumer, stream and sequence. */
  bury(letter: DeadLetter): Promise<void>;
  /** The dead letters from a sequence of the DEAD stream on (default: all), in order. */
  letters(from?: number): AsyncIterable<DeadLetter & { readonly letter: number }>;
  /** Records by key under compare-and-swap. */
  records(bucket: string): Promise<Records>;
  /** Makes the streams of the account unless they are there. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface DeliveryOptions {
  readonly stream: StreamName;
  /** Name of the durable consumer, `<function>-<STREAM>`. */
  readonly consumer: string;
  readonly subjects: readonly string[];
  /** Where a consumer that does not exist yet begins (default `first`). */
  readonly begin?: 'first' | 'new';
  /** Most messages and bytes of a batch. */
  readonly messages: number;
  readonly bytes: number;
  /** Told when the consumer exists: from then on `settled` waits for it. May be told again. */
  readonly onReady?: () => void;
  readonly signal: AbortSignal;
}

/** A message of a consumer as it lies in the stream. */
export interface Delivered {
  readonly sequence: number;
  readonly subject: string;
  /** CloudEvents attributes as they came, unchecked. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface DeliveredBatch {
  readonly messages: readonly Delivered[];
  /** Messages that the consumer has yet to be given after this batch, as of its delivery. */
  readonly pending: number;
  /** Acknowledges the whole batch. A batch that was not is delivered again. */
  ack(): void;
}

export interface ConsumerState {
  readonly stream: StreamName;
  readonly name: string;
  readonly pending: number;
  readonly ackPending: number;
  readonly acked: number;
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
