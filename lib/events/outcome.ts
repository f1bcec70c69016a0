import { z } from 'zod';
import { flightId, tail } from './operations.ts';
import { role } from './prediction.ts';
import { outcomeKnown } from './rotation.ts';
import { operatingDay, utcMinute } from './time.ts';

/** Lead checkpoints at which the standing prediction of a flight is scored: minutes before the scheduled departure; `first` = as the rotation's first leg left (later legs only). */
export const CHECKPOINTS = ['first', '240', '120', '60', '0'] as const;

/** One standing prediction of a labelled flight, scored. Losses are null where the flight did not leave. */
export const scoredPrediction = z.object({
  checkpoint: z.enum(CHECKPOINTS),
  receipt: z.string(),
  role,
  revision: z.string(),
  bundle: z.string(),
  asOf: utcMinute,
  lead: z.number(),
  position: z.number().int(),
  degraded: z.boolean(),
  p30: z.number(),
  cancellation: z.number(),
  quantiles: z.array(z.number()).length(19),
  /** Mean pinball loss over the levels, minutes: of the departure, and of the rule's point. */
  pinball: z.number().nullable(),
  rulePinball: z.number().nullable(),
});

/** What happened, joined with what was predicted. Created once for a flight and replay. */
export const labelResolved = outcomeKnown.extend({
  resolvedAt: utcMinute,
  predictions: z.array(scoredPrediction),
});

/** An alert on a later leg of a rotation: one per flight. */
export const alertChanged = z.object({
  /** `<replay>.<flight>`. */
  id: z.string(),
  replay: z.string(),
  status: z.enum(['open', 'cleared']),
  change: z.enum(['raised', 'updated', 'cleared']),
  flight: flightId,
  rotation: z.string(),
  tail: tail.nullable(),
  day: operatingDay,
  scheduledOff: utcMinute,
  raisedAt: utcMinute,
  changedAt: utcMinute,
  /** The last instant at which acting still helps. */
  actBy: utcMinute,
  /** P(late >= 30) that raised it, and the threshold that was in force. */
  p30: z.number(),
  threshold: z.number(),
  /** Median and 90 % quantile of the departure delay. */
  median: z.number(),
  upper: z.number(),
  reasons: z.array(z.string()),
  receipt: z.string(),
  /** Why it was cleared. */
  cleared: z.enum(['departed', 'cancelled', 'risk-gone', 'expired']).nullable(),
});

/** A dispatcher's word on an alert or a prediction. */
export const feedbackGiven = z.object({
  id: z.string().max(120),
  replay: z.string(),
  by: z.string().max(60),
  alert: z.string().max(120).nullable(),
  receipt: z.string().max(120).nullable(),
  flight: flightId.nullable(),
  verdict: z.enum(['useful', 'not-useful', 'wrong', 'acted']),
  /** What was done: swap, hold, call, none … */
  action: z.string().max(60).nullable(),
  /** The delay in minutes that the dispatcher expects instead. */
  correction: z.number().min(-120).max(2880).nullable(),
  comment: z.string().max(500).nullable(),
  at: utcMinute,
});

export type ScoredPrediction = z.output<typeof scoredPrediction>;
export type LabelResolved = z.output<typeof labelResolved>;
export type AlertChanged = z.output<typeof alertChanged>;
export type FeedbackGiven = z.output<typeof feedbackGiven>;
export type Checkpoint = (typeof CHECKPOINTS)[number];
