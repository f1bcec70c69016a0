export { advance, BEFORE_CANARY, isEnd, newRun, TRANSITIONS, type Facts, type Outcome, type Request } from './machine.ts';
export { atLeast, atMost, below, LIMITS, type Measurement } from './gates.ts';
export { closesAt, COOLDOWN, lastSchedule, NEW_DAYS, shouldStart, type Situation } from './trigger.ts';
export { hexOf, revisionName, runId, runOrdinal, submissionId } from './ids.ts';
export { BUCKETS, canaryRequest, REGISTERED_MODEL, type CanaryRequest } from './handover.ts';
export { beginCanary, CANARY_PERCENT, desiredTraffic, dropCanary, fateOf, nextRevision, promote, rollBack, startRollout, withEvidence } from './rollout.ts';
export { operationalFault, type LiveCounts } from './guard.ts';
export { CANARY_MARGINS, DECIDES, judgeCanary, type CanaryDay, type Judgement } from './verdict.ts';
