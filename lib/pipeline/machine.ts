import { DownlineError } from '../errors/mod.ts';
import { ENDS, type Gate, type Run, type Stage } from '../events/mod.ts';

/**
 * The whole state machine: where a run may go from each stage. What is not
 * listed cannot happen; a stage without a way out is an end.
 */
export const TRANSITIONS: Readonly<Record<Stage, readonly Stage[]>> = {
  requested: ['dataset', 'failed'],
  dataset: ['training', 'failed'],
  training: ['evaluating', 'failed'],
  evaluating: ['registered', 'rejected', 'failed'],
  registered: ['packaging', 'failed'],
  packaging: ['staging', 'failed'],
  staging: ['load-testing', 'rejected', 'failed'],
  'load-testing': ['canary', 'rejected', 'failed'],
  canary: ['production', 'rolled-back', 'failed'],
  production: [],
  rejected: [],
  'rolled-back': [],
  failed: [],
};

/** Stages during which the simulated clock may stand still: the way to the canary. */
export const BEFORE_CANARY: readonly Stage[] = ['requested', 'dataset', 'training', 'evaluating', 'registered', 'packaging', 'staging', 'load-testing'];

/** What a stage found out that belongs to the record. */
export type Facts = Partial<Pick<Run, 'dataset' | 'job' | 'mlflowRun' | 'modelVersion' | 'bundle' | 'release' | 'report'>>;

interface Findings { readonly set?: Facts; readonly gates?: readonly Gate[] }

/** The result of one look at a stage. */
export type Outcome =
  /** Not yet: with what is being waited for. `retried` counts a further attempt. */
  | (Findings & { readonly kind: 'waiting'; readonly detail: string; readonly progress?: number | null; readonly retried?: boolean })
  /** The stage's work is over; its gates say whether the run goes on or is rejected. */
  | (Findings & { readonly kind: 'done'; readonly detail: string })
  | (Findings & { readonly kind: 'rolled-back'; readonly reason: string })
  | (Findings & { readonly kind: 'failed'; readonly reason: string });

/** True where a run has ended. */
export function isEnd(stage: Stage): boolean {
  return (ENDS as readonly Stage[]).includes(stage);
}

/** What a new run starts from. */
export type Request = Pick<Run, 'id' | 'replay' | 'trigger' | 'sabotage' | 'requestedAt' | 'champion'>;

/** A new run. `at` is the wall clock in ISO 8601: the record tells people how long stages took, nothing decides by it. */
export function newRun(request: Request, at: string): Run {
  return {
    ...request,
    stage: 'requested',
    stages: [{ name: 'requested', startedAt: at, endedAt: null, attempts: 1, progress: null, detail: request.trigger.reason }],
    dataset: null, job: null, mlflowRun: null, modelVersion: null, bundle: null, release: null,
    gates: [], reason: null, report: null,
  };
}

/**
 * The run after an outcome of its present stage; the run itself is not
 * changed. Throws `CONFLICT` where the run has ended or its stage does not
 * lead there.
 */
export function advance(run: Run, outcome: Outcome, at: string): Run {
  if (isEnd(run.stage)) throw new DownlineError('CONFLICT', `run ${run.id} has ended as ${run.stage}`, { ids: { run: run.id } });
  const known: Run = { ...run, ...outcome.set, gates: mergeGates(run.gates, outcome.gates ?? []) };
  switch (outcome.kind) {
    case 'waiting':
      return {
        ...known,
        stages: known.stages.map((stage, index) => index !== known.stages.length - 1 ? stage : {
          ...stage,
          attempts: stage.attempts + (outcome.retried === true ? 1 : 0),
          progress: outcome.progress === undefined ? stage.progress : outcome.progress,
          detail: outcome.detail,
        }),
      };
    case 'done': {
      const refused = refusal(known);
      if (refused !== null) return enter(known, 'rejected', refused, outcome.detail, at);
      return enter(known, next(run.stage), null, outcome.detail, at);
    }
    case 'rolled-back':
      return enter(known, 'rolled-back', outcome.reason, outcome.reason, at);
    case 'failed':
      return enter(known, 'failed', outcome.reason, outcome.reason, at);
  }
}

/** The stage after this one when nothing stands against it. */
function next(stage: Stage): Stage {
  const to = TRANSITIONS[stage][0];
  if (to === undefined) throw new DownlineError('CONFLICT', `${stage} is an end`);
  return to;
}

/** Why the gates of the present stage reject the run, or null. Only the offline gates can be overridden, and only by a test. */
function refusal(run: Run): string | null {
  const failed = run.gates.filter((gate) => gate.stage === run.stage && !gate.passed);
  if (failed.length === 0 || (run.stage === 'evaluating' && run.sabotage.ignoreGates)) return null;
  return failed.map((gate) => `${gate.name}: ${format(gate.measured)} ${gate.unit}, limit ${format(gate.limit)} (${gate.evidence})`).join('; ');
}

function enter(run: Run, to: Stage, reason: string | null, detail: string, at: string): Run {
  if (!TRANSITIONS[run.stage].includes(to)) {
    throw new DownlineError('CONFLICT', `run ${run.id} cannot go from ${run.stage} to ${to}`, { ids: { run: run.id } });
  }
  const closed = run.stages.map((stage, index) => index !== run.stages.length - 1 ? stage : {
    ...stage, endedAt: at, detail, progress: reason === null ? 1 : stage.progress,
  });
  const ended = isEnd(to);
  return {
    ...run,
    stage: to,
    reason,
    stages: [...closed, { name: to, startedAt: at, endedAt: ended ? at : null, attempts: 1, progress: ended && reason === null ? 1 : null, detail: reason ?? '' }],
  };
}

/** A gate measured again replaces its earlier measurement: stages may be repeated after a crash. */
function mergeGates(old: readonly Gate[], fresh: readonly Gate[]): Gate[] {
  const key = (gate: Gate): string => `${gate.stage}/${gate.name}`;
  const replaced = new Set(fresh.map(key));
  return [...old.filter((gate) => !replaced.has(key(gate))), ...fresh];
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
