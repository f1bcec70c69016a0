export { advance, BEFORE_CANARY, isEnd, newRun, TRANSITIONS, type Facts, type Outcome, type Request } from './machine.ts';
export { atLeast, atMost, below, LIMITS, type Measurement } from './gates.ts';
export { closesAt, COOLDOWN, lastSchedule, NEW_DAYS, shouldStart, type Situation } from './trigger.ts';
export { hexOf, revisionName, runId, runOrdinal, submissionId } from './ids.ts';
