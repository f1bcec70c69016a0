import { z } from 'zod';
import { findingRaised } from '../events/mod.ts';

const number = z.number();

/** What a closed operating day was like. */
export const daySummary = z.object({
  day: z.string(),
  labels: number,
  states: z.record(z.string(), number),
  /** Rotation messages, and those with a stale feed behind them. */
  messages: number,
  stale: number,
  /** Departure delays per bin. */
  delays: z.array(number),
  /** Per bundle in production, two hours ahead: mean pinball (minutes), the rule's, skill against the rule, Brier of P30, share of 30+ late and the mean probability given to it, coverage of the 80 % interval. */
  quality: z.array(z.object({ bundle: z.string(), flights: number, pinball: number, rule: number, skill: number, brier: number, late: number, expectedLate: number, coverage: number })),
  /** The features that drifted most: PSI against the reference days. */
  drift: z.array(z.object({ feature: z.string(), value: number, threshold: number })),
  /** Share of features beyond their threshold. */
  drifting: number,
  labelDrift: number.nullable(),
  labelDriftThreshold: number.nullable(),
});

/** Answer of `GET /v1/quality`: closed days, oldest first. */
export const qualityReport = z.object({ replay: z.string(), days: z.array(daySummary), findings: z.array(findingRaised) });

export type DaySummary = z.output<typeof daySummary>;
