import { z } from 'zod';
import { stage } from '../events/mod.ts';

const number = z.number();
/** Candidate less reference, minutes of mean pinball: the mean and its 95 % interval, clustered by operating day. */
export const pairedDifference = z.looseObject({ mean: number.nullable(), lower: number.nullable(), upper: number.nullable(), pairs: number, days: number, share: number.nullable() });
const measures = z.looseObject({ rows: number, flights: number, pinball: number, pinballRule: number, skill: number, brier30: number, coverage80: number });
const flagging = z.looseObject({ late: number, caught: number, recall: number, flaggedShare: number, precision: number });

/** The evaluation report as `evaluate` archives it (`evaluations/<run>.json`): the parts that pages and commands show; the rest is kept as it is. */
export const evaluationReport = z.looseObject({
  run: z.string(),
  dataset: z.string(),
  bundle: z.string(),
  champion: z.string(),
  days: z.array(z.string()),
  overall: measures,
  differences: z.object({ rule: pairedDifference, champion: pairedDifference, climate: pairedDifference }),
  checkpoints: z.record(z.string(), pairedDifference),
  flagging: z.object({ candidate: flagging, rule: flagging, budget: number }),
  chainAgainstDirect: z.array(z.object({ position: z.string(), rows: number, chain: number, direct: number, difference: pairedDifference })),
  templates: z.array(z.object({ name: z.string(), exact: z.boolean(), cases: number, passed: number, rate: number })),
  slices: z.array(measures.extend({ cut: z.string(), slice: z.string(), againstRule: pairedDifference })),
});

/** Answer of `GET /v1/models`: every evaluated model of the replay, newest first, with its whole report. */
export const modelList = z.object({ models: z.array(z.object({ run: z.string(), stage, version: z.string().nullable(), report: evaluationReport })) });
