import { encodeEvent } from '../events/mod.ts';
import { envelopeOf, type Item } from './item.ts';

/** A message as it goes on the wire: CloudEvents binary mode. */
export interface RawMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * A damaged copy of an event: what a broken producer would send. Every receiver
 * must refuse it for good (dead letter); none may stop at it.
 */
export function damagedMessage(replay: string, item: Extract<Item, { type: 'damaged' }>): RawMessage {
  const { data, specversion, id, source, type, time } = encodeEvent({ ...envelopeOf(replay, item), id: `${replay}.${item.ordinal}.damaged` });
  const headers: Record<string, string> = {
    'ce-specversion': String(specversion), 'ce-id': String(id), 'ce-source': String(source), 'ce-type': String(type),
    'ce-time': String(time), 'ce-replay': replay, 'content-type': 'application/json',
  };
  const text = JSON.stringify(data);
  const fields = Object.entries(data as Record<string, unknown>);
  switch (item.damage) {
    case 'truncated': return { headers, body: encode(text.slice(0, Math.max(1, text.length >> 1))) };
    case 'not-json': return { headers, body: Uint8Array.from([0xff, 0xfe, 0x00, 0x7b, 0xc3, 0x28]) };
    case 'unknown-type': return { headers: { ...headers, 'ce-type': 'downline.flight.teleported.v1' }, body: encode(text) };
    case 'missing-field': return { headers, body: encode(JSON.stringify(Object.fromEntries(fields.slice(1)))) };
    case 'wrong-type': return { headers, body: encode(JSON.stringify(Object.fromEntries(fields.map(([key]) => [key, { $ne: null }])))) };
    case 'huge': return { headers, body: encode(JSON.stringify(Object.fromEntries(fields.map(([key]) => [key, 'A'.repeat(10_000)])))) };
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
