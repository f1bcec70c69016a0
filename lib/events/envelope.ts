import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import { kindOfType, SCHEMAS, typeOfKind, type DataOf, type Kind } from './catalogue.ts';
import { utcMinute } from './time.ts';

/** An event in memory: CloudEvents attributes that matter, and checked data. */
export interface Envelope<K extends Kind = Kind> {
  readonly kind: K;
  /** Deterministic where the fact has an identity; the same id means the same fact. */
  readonly id: string;
  readonly source: string;
  /** When it became known (simulated or real). */
  readonly time: number;
  /** Stream and sequence it was read from; absent before it is stored. */
  readonly stream?: string;
  readonly sequence?: number;
  readonly replay: string;
  readonly traceparent?: string;
  readonly data: DataOf<K>;
}

/** Any envelope, as a union that narrows by `kind`. */
export type AnyEnvelope = { [K in Kind]: Envelope<K> }[Kind];

/** CloudEvents 1.0 JSON (structured mode). `sequence`, `stream`, `replay`, `traceparent` are extension attributes. */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200),
  source: z.string().min(1).max(200),
  type: z.string().min(1).max(100),
  time: utcMinute,
  replay: z.string().min(1).max(40),
  stream: z.string().max(40).optional(),
  sequence: z.union([z.number().int(), z.string().regex(/^\d+$/).transform(Number)]).optional(),
  traceparent: z.string().max(60).optional(),
  datacontenttype: z.string().optional(),
  data: z.unknown(),
});

/** A CloudEvent as an envelope. Throws `EVENT_UNKNOWN` or `EVENT_INVALID` with the reason. */
export function decodeEvent(input: unknown): AnyEnvelope {
  const outer = cloudEvent.safeParse(input);
  if (!outer.success) throw new DownlineError('EVENT_INVALID', `not a CloudEvent: ${z.prettifyError(outer.error).slice(0, 500)}`);
  const { type, id, source, time, replay, stream, sequence, traceparent, data } = outer.data;
  const kind = kindOfType(type);
  if (kind === undefined) throw new DownlineError('EVENT_UNKNOWN', `unknown type ${type}`, { ids: { id } });
  const inner = SCHEMAS[kind].safeParse(data);
  if (!inner.success) throw new DownlineError('EVENT_INVALID', `${type}: ${z.prettifyError(inner.error).slice(0, 500)}`, { ids: { id, type } });
  return { kind, id, source, time, replay, stream, sequence, traceparent, data: inner.data } as AnyEnvelope;
}

/** An envelope as CloudEvents JSON. */
export function encodeEvent<K extends Kind>(event: Envelope<K>): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: event.id,
    source: event.source,
    type: typeOfKind(event.kind),
    time: z.encode(utcMinute, event.time),
    datacontenttype: 'application/json',
    replay: event.replay,
    ...(event.stream !== undefined && { stream: event.stream }),
    ...(event.sequence !== undefined && { sequence: event.sequence }),
    ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
    data: z.encode(SCHEMAS[event.kind], event.data as never),
  };
}
