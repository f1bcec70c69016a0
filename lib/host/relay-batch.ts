import type { Delivered } from '../clients/nats/mod.ts';

/** A message whose data is JSON, with its text as an event of a batch. */
export interface Deliverable {
  readonly message: Delivered;
  readonly text: string;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A message as a CloudEvent in JSON, with the extension attributes `stream` and
 * `sequence`; null where its data is not JSON. The data is checked for being
 * one JSON value (so that it cannot break out of the batch) and handed on as it
 * came; what it means is checked once, by the function's host.
 */
export function deliverable(stream: string, message: Delivered): Deliverable | null {
  let data: string;
  try {
    data = decoder.decode(message.body);
    JSON.parse(data);
  } catch {
    return null;
  }
  const attributes = JSON.stringify({ ...message.attributes, stream, sequence: message.sequence });
  return { message, text: `${attributes.slice(0, -1)},"data":${data}}` };
}

/** Upper bound of the event's bytes in a batch, with its comma. */
export function sizeOf(event: Deliverable): number {
  return Buffer.byteLength(event.text) + 1;
}

/** The body of a CloudEvents batch. */
export function toBatch(events: readonly Deliverable[]): string {
  return `[${events.map(({ text }) => text).join(',')}]`;
}
