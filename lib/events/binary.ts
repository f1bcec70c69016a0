import { DownlineError } from '../errors/mod.ts';
import { decodeEvent, encodeEvent, type AnyEnvelope, type Envelope } from './envelope.ts';
import type { Kind } from './catalogue.ts';

/**
 * CloudEvents 1.0 in binary mode, as NATS and HTTP have it: each attribute in
 * a header `ce-<name>`, the data as JSON in the body.
 */

/** The attributes that Downline's events have. */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'time', 'replay', 'stream', 'sequence', 'traceparent'] as const;

/** A header value: what is not printable ASCII, and space, quote and percent, is percent-encoded (HTTP binding, 3.1.3.2). */
export function encodeAttribute(text: string): string {
  // Most values need nothing; the test costs far less than the replacement.
  return /^[\x21\x23\x24\x26-\x7e]*$/.test(text) ? text : text.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]+/g, (part) => encodeURIComponent(part));
}

/** The text of a header value; a broken escape is left as it came. */
export function decodeAttribute(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An event in binary mode: its headers in a stable order, and its body. */
export function toBinary<K extends Kind>(event: Envelope<K>): { headers: [name: string, value: string][]; body: string } {
  const encoded = encodeEvent(event);
  const headers: [string, string][] = [];
  for (const name of ATTRIBUTES) {
    const value = encoded[name] as string | number | undefined;
    if (value !== undefined) headers.push([`ce-${name}`, encodeAttribute(String(value))]);
  }
  headers.push(['content-type', 'application/json']);
  return { headers, body: JSON.stringify(encoded['data']) };
}

/** The attributes in the headers of a binary event; what `header` does not have is left out. */
export function attributesOf(header: (name: string) => string | null | undefined): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of ATTRIBUTES) {
    const value = header(`ce-${name}`);
    if (value !== null && value !== undefined && value !== '') attributes[name] = decodeAttribute(value);
  }
  return attributes;
}

/** A binary event. Throws `EVENT_INVALID` or `EVENT_UNKNOWN`. */
export function fromBinary(header: (name: string) => string | null | undefined, body: string, place: { stream?: string; sequence?: number } = {}): AnyEnvelope {
  return decodeEvent({ ...attributesOf(header), ...place, data: parseData(body) });
}

/** JSON data of an event. Throws `EVENT_INVALID`. */
export function parseData(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new DownlineError('EVENT_INVALID', `the data is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`, { cause: error });
  }
}
