import { z } from 'zod';
import { operatingDay, utcMinute } from './time.ts';

/** Something that `monitor` found. */
export const findingRaised = z.object({
  id: z.string(),
  replay: z.string(),
  kind: z.enum(['input-drift', 'label-drift', 'quality', 'data-quality', 'silent-feed']),
  /** What it is about: a feature, an airport, a checkpoint. */
  about: z.string(),
  value: z.number(),
  threshold: z.number(),
  detail: z.string(),
  day: operatingDay,
  at: utcMinute,
  /** True where it asks for a retraining. */
  retrain: z.boolean(),
});

export const STAGES = [
  'requested', 'dataset', 'training', 'evaluating', 'registered', 'packaging', 'staging', 'load-testing', 'canary', 'production',
] as const;
export const ENDS = ['production', 'rejected', 'rolled-back', 'failed'] as const;
export const stage = z.enum([...STAGES, 'rejected', 'rolled-back', 'failed']);

/** One gate with its evidence: why a run went on or not. */
export const gate = z.object({
  name: z.string(),
  stage,
  passed: z.boolean(),
  /** What was measured, in which unit, against which limit. */
  measured: z.number(),
  limit: z.number(),
  unit: z.string(),
  evidence: z.string(),
});

/** One pipeline run: the record in the KV bucket `runs`, changed by compare-and-swap. Wall-clock times are ISO 8601. */
export const run = z.object({
  id: z.string(),
  replay: z.string(),
  trigger: z.object({ kind: z.enum(['manual', 'schedule', 'condition']), by: z.string(), reason: z.string() }),
  /** Set by tests only: train on shuffled labels; go on past a failed offline gate. */
  sabotage: z.object({ shuffleLabels: z.boolean(), ignoreGates: z.boolean() }),
  stage,
  /** Simulated instant of the request. */
  requestedAt: utcMinute,
  /** Production's bundle when the run began: the one to beat. */
  champion: z.string(),
  stages: z.array(z.object({
    name: stage,
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    attempts: z.number().int(),
    /** 0 to 1 while under way, where it is known. */
    progress: z.number().nullable(),
    detail: z.string(),
  })),
  dataset: z.string().nullable(),
  job: z.string().nullable(),
  mlflowRun: z.string().nullable(),
  modelVersion: z.string().nullable(),
  bundle: z.string().nullable(),
  release: z.string().nullable(),
  gates: z.array(gate),
  /** The reason of a rejection, rollback or failure. */
  reason: z.string().nullable(),
  report: z.record(z.string(), z.unknown()).nullable(),
});

/** The judge's evidence after a day. */
export const evidence = z.object({
  day: operatingDay,
  /** Flights with both predictions. */
  pairs: z.number().int(),
  /** Mean pinball of production and canary on those flights, minutes. */
  production: z.number(),
  canary: z.number(),
  /** Logarithm of the e-value for "better than the margin" and for "worse". */
  logBetter: z.number(),
  logWorse: z.number(),
  /** True on a day with heavy delays. */
  disruption: z.boolean(),
});

export const releaseRef = z.object({
  revision: z.string(),
  bundle: z.string(),
  run: z.string().nullable(),
  since: utcMinute,
});

/** The rollout's record in the KV bucket `rollout` (key = replay). */
export const rollout = z.object({
  replay: z.string(),
  production: releaseRef,
  canary: releaseRef.extend({
    percent: z.number(),
    margin: z.number(),
    evidence: z.array(evidence),
    errors: z.number().int(),
    requests: z.number().int(),
  }).nullable(),
  /** Kept ready for a rollback in seconds. */
  previous: releaseRef.nullable(),
  history: z.array(z.object({ at: utcMinute, change: z.enum(['started', 'canary', 'promoted', 'rolled-back']), revision: z.string(), bundle: z.string(), reason: z.string() })),
});

export type FindingRaised = z.output<typeof findingRaised>;
export type Stage = z.output<typeof stage>;
export type Gate = z.output<typeof gate>;
export type Run = z.output<typeof run>;
export type Evidence = z.output<typeof evidence>;
export type Rollout = z.output<typeof rollout>;
export type ReleaseRef = z.output<typeof releaseRef>;
