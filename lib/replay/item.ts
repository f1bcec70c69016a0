import type { Envelope, OperationsEvent, OperationsKind } from '../events/mod.ts';

/** What the conductor puts on the stream: an event with its ordinal in the undisturbed feed, or a damaged message. */
export type Item =
  | { readonly type: 'event'; readonly ordinal: number; readonly dueAt: number; readonly event: OperationsEvent }
  | { readonly type: 'damaged'; readonly ordinal: number; readonly dueAt: number; readonly event: OperationsEvent; readonly damage: Damage };

/** How a message is damaged: each way fails at another check of the receiver. */
export const DAMAGES = ['truncated', 'not-json', 'unknown-type', 'missing-field', 'wrong-type', 'huge'] as const;
export type Damage = (typeof DAMAGES)[number];

/** Who publishes: the CloudEvents source of every event of a replay. */
export const CONDUCTOR_SOURCE = '/downline/conductor';

/** The id of the event with this ordinal in a replay: a repeated event keeps its id. */
export function itemId(replay: string, ordinal: number): string {
  return `${replay}.${ordinal}`;
}

/** The event of an item as an envelope; `time` is when it became known, however late it is delivered. */
export function envelopeOf(replay: string, item: Item): Envelope<OperationsKind> {
  return {
    kind: item.event.kind,
    id: itemId(replay, item.ordinal),
    source: CONDUCTOR_SOURCE,
    time: item.event.knownAt,
    replay,
    data: item.event.data,
  };
}

/** True for the tick that closes a slice. */
export function isTick(item: Item): boolean {
  return item.type === 'event' && item.event.kind === 'clock.ticked';
}
