import { z } from 'zod';
import { legStatus, operatingDay, utcMinute } from '../events/mod.ts';

/** One leg on the board: schedule, what happened, what is expected. */
export const boardLeg = z.object({
  flight: z.string(),
  carrier: z.string(),
  number: z.number(),
  origin: z.string(),
  destination: z.string(),
  scheduledOff: utcMinute,
  scheduledOn: utcMinute,
  status: legStatus,
  /** Actual delays in minutes, where known. */
  departureDelay: z.number().nullable(),
  arrivalDelay: z.number().nullable(),
  rule: z.number(),
  /** 10 %, 50 % and 90 % quantile of the departure delay, P(>= 30 min), P(cancelled); null where nothing is predicted any more. */
  expected: z.object({ low: z.number(), median: z.number(), high: z.number(), p30: z.number(), cancellation: z.number() }).nullable(),
});

export const boardRotation = z.object({
  rotation: z.string(),
  tail: z.string().nullable(),
  day: operatingDay,
  asOf: utcMinute,
  receipt: z.string().nullable(),
  degraded: z.string().nullable(),
  legs: z.array(boardLeg),
});

/** Answer of `GET /v1/board`. `days` are those that can be asked for. */
export const boardAnswer = z.object({ replay: z.string(), now: utcMinute, day: operatingDay, days: z.array(operatingDay), rotations: z.array(boardRotation) });

export type BoardRotation = z.output<typeof boardRotation>;
