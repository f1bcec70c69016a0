import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { attributesOf, derivedSubject, fromBinary, kindOfType, operationsSubject, OPERATIONS, toBinary, type AnyEnvelope, type DerivedKind, type Envelope, type OperationsKind } from '../../events/mod.ts';

/** A message as it lies in a stream. */
export interface StoredMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/** A message about to be stored. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The subject on which an event is stored. */
export function subjectOf(event: Envelope): string {
  return event.kind in OPERATIONS
    ? operationsSubject(event.replay, event.kind as OperationsKind)
    : derivedSubject(event.kind as DerivedKind, event.data as never);
}

/** The CloudEvents NATS binding in binary mode: `ce-` headers, JSON data. */
export function toMessage(event: Envelope): OutgoingMessage {
  const { headers: pairs, body } = toBinary(event);
  const all = headers();
  for (const [name, value] of pairs) all.set(name, value);
  return { subject: subjectOf(event), headers: all, data: encoder.encode(body) };
}

/** The event in a message, with its place. Throws `EVENT_INVALID` or `EVENT_UNKNOWN`. */
export function fromMessage(message: StoredMessage): AnyEnvelope {
  return fromBinary((name) => message.headers?.get(name), textOf(message), { stream: message.stream, sequence: message.sequence });
}

/** A message's CloudEvents attributes without its data, and its kind, as far as they are there. */
export function attributesOfMessage(message: StoredMessage): { attributes: Record<string, string>; known: boolean } {
  const attributes = attributesOf((name) => message.headers?.get(name));
  return { attributes, known: kindOfType(attributes['type'] ?? '') !== undefined };
}

/** The body as text; bytes that are not UTF-8 give text that is not JSON. */
export function textOf(message: { data: Uint8Array }): string {
  try {
    return decoder.decode(message.data);
  } catch {
    return '\u0000';
  }
}
