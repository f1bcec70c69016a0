import type { z } from 'zod';
import { findingRaised, rollout, run } from './control.ts';
import { OPERATIONS, type OperationsKind } from './operations.ts';
import { alertChanged, feedbackGiven, labelResolved } from './outcome.ts';
import { predictionMade } from './prediction.ts';
import { outcomeKnown, rotationChanged, trackTicked } from './rotation.ts';

/** Streams and the only writers of each; subjects are `<subject>.<replay>.…`. */
export const STREAMS = {
  OPS: ['ops.>'],
  ROTATIONS: ['rotation.>', 'outcome.>', 'clock.>'],
  PREDICTIONS: ['prediction.>'],
  OUTCOMES: ['label.>', 'alert.>', 'feedback.>'],
  CONTROL: ['finding.>', 'run.>', 'rollout.>'],
  DEAD: ['dead.>'],
} as const;

export type StreamName = keyof typeof STREAMS;

/** Derived events: kind, data schema, and the tokens of the subject after the replay. */
const DERIVED = {
  'rotation.changed': { data: rotationChanged, subject: (d) => `rotation.${d.replay}.changed.${token(d.rotation)}` },
  'outcome.known': { data: outcomeKnown, subject: (d) => `outcome.${d.replay}.known.${token(d.flight)}` },
  'track.ticked': { data: trackTicked, subject: (d) => `clock.${d.replay}.ticked` },
  'prediction.made': { data: predictionMade, subject: (d) => `prediction.${d.replay}.${d.role}.${d.source}.${token(d.rotation)}.${token(d.receipt)}` },
  'label.resolved': { data: labelResolved, subject: (d) => `label.${d.replay}.resolved.${token(d.flight)}` },
  'alert.changed': { data: alertChanged, subject: (d) => `alert.${d.replay}.${d.change}.${token(d.flight)}.${d.changedAt}` },
  'feedback.given': { data: feedbackGiven, subject: (d) => `feedback.${d.replay}.given.${token(d.id)}` },
  'finding.raised': { data: findingRaised, subject: (d) => `finding.${d.replay}.raised.${token(d.id)}` },
  'run.changed': { data: run, subject: (d) => `run.${d.replay}.changed.${token(d.id)}` },
  'rollout.changed': { data: rollout, subject: (d) => `rollout.${d.replay}.changed` },
} as const satisfies { [K: string]: { data: z.ZodType; subject: (data: never) => string } } & Derived;

interface Derived {
  'rotation.changed': Entry<typeof rotationChanged>;
  'outcome.known': Entry<typeof outcomeKnown>;
  'track.ticked': Entry<typeof trackTicked>;
  'prediction.made': Entry<typeof predictionMade>;
  'label.resolved': Entry<typeof labelResolved>;
  'alert.changed': Entry<typeof alertChanged>;
  'feedback.given': Entry<typeof feedbackGiven>;
  'finding.raised': Entry<typeof findingRaised>;
  'run.changed': Entry<typeof run>;
  'rollout.changed': Entry<typeof rollout>;
}
interface Entry<S extends z.ZodType> { data: S; subject: (data: z.output<S>) => string }

/** A subject token of an id: dots, spaces and wildcards become `_`. Ids differ after this as they did before. */
export function token(id: string): string {
  return id.replace(/[^A-Za-z0-9-]/g, '_');
}

export type DerivedKind = keyof Derived;
export type Kind = OperationsKind | DerivedKind;

/** Data of an event in memory, by kind. */
export type DataOf<K extends Kind> =
  K extends DerivedKind ? z.output<Derived[K]['data']>
  : K extends OperationsKind ? z.output<(typeof OPERATIONS)[K]>
  : never;

/** Every kind with its data schema; CloudEvents `type` is `downline.<kind>.v1`. */
export const SCHEMAS: { readonly [K in Kind]: z.ZodType<DataOf<K>> } = {
  ...OPERATIONS,
  ...Object.fromEntries(Object.entries(DERIVED).map(([kind, entry]) => [kind, entry.data])),
} as never;

/** The subject of a derived event. */
export function derivedSubject<K extends DerivedKind>(kind: K, data: DataOf<K>): string {
  return (DERIVED[kind].subject as (data: DataOf<K>) => string)(data);
}

/** The subject of an operations event. */
export function operationsSubject(replay: string, kind: OperationsKind): string {
  return `ops.${replay}.${kind}`;
}

/** `flight.offblock` of `downline.flight.offblock.v1`; undefined for a type that is not ours. */
export function kindOfType(type: string): Kind | undefined {
  const match = /^downline\.([a-z.]+)\.v1$/.exec(type);
  return match?.[1] !== undefined && Object.hasOwn(SCHEMAS, match[1]) ? (match[1] as Kind) : undefined;
}

/** The CloudEvents type of a kind. */
export function typeOfKind(kind: Kind): string {
  return `downline.${kind}.v1`;
}
