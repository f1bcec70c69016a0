import type { Leg, LegPrediction, RotationChanged } from '../events/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import type { Bundle } from './bundle.ts';
import { binOf, fromMass, fromPoint, toldProbability } from './distribution.ts';
import type { Graph, Input, Output } from './graph.ts';
import { actualsOf, flyingLegs, type Assumption } from './legs.ts';
import { encodeVectors } from './vector.ts';

/** A leg on its way through the chain. Masses are probabilities by bin. */
interface Step {
  readonly message: number;
  readonly leg: Leg;
  readonly position: number;
  readonly before: Step | undefined;
  /** Actual, or assumed, departure delay; actual arrival delay. */
  readonly departure: number | null;
  readonly arrival: number | null;
  readonly departed: number | null;
  /** Row of its vector; -1 where no model looks at the leg. */
  row: number;
  cancellation: number;
  departureMass: Float32Array | null;
  /** Null for a diverted leg: it has no arrival. */
  arrivalMass: Float32Array | null;
}

/** An answer for one message: its legs, or why the models have none. */
export type ChainAnswer = readonly LegPrediction[] | DownlineError;

/**
 * "The chain" of docs/architecture.md over many rotations at once: M1 in one
 * run, then one run of M3 and of M2 for each position in the day. A row that
 * cannot be answered (a vector of another shape, an answer that is no
 * probability) makes its own message's answer an error, not its neighbours'.
 * Throws `MODEL_FAILED` when a graph does not run at all.
 */
export async function runChain(bundle: Bundle, messages: readonly RotationChanged[], assumptions: readonly (readonly Assumption[])[]): Promise<ChainAnswer[]> {
  const { graphs, manifest: { edges } } = bundle;
  if (graphs === null) throw new DownlineError('MODEL_FAILED', 'the rule has no chain');
  const bins = edges.length - 1;
  const failures = new Array<DownlineError | undefined>(messages.length);
  const fail = (message: number, reason: string): void => {
    failures[message] ??= new DownlineError('MODEL_FAILED', reason, { ids: { rotation: messages[message]!.rotation, bundle: bundle.digest } });
  };
  const steps = messages.flatMap((message, index) => stepsOf(message, index, assumptions[index] ?? []));
  const open = steps.filter((step) => step.arrival === null && step.leg.status !== 'diverted');
  const vectors = encodeVectors(bundle, open.map((step) => step.leg), (index, reason) => fail(open[index]!.message, reason));
  open.forEach((step, index) => { step.row = index; });

  const run = async (graph: Graph, rows: readonly Step[], masses: Record<string, (step: Step) => Float32Array>): Promise<Output> => {
    const inputs: Record<string, Input> = vectors.rows(rows.map((step) => step.row));
    for (const [name, mass] of Object.entries(masses)) {
      const data = new Float32Array(rows.length * bins);
      rows.forEach((step, index) => { data.set(mass(step), index * bins); });
      inputs[name] = { data, width: bins };
    }
    return graph.run(inputs, rows.length);
  };
  const massAt = (output: Output, step: Step, index: number, model: string): Float32Array => {
    const mass = output.pmf!.subarray(index * bins, (index + 1) * bins);
    if (!isMass(mass)) fail(step.message, `${model} gave no distribution for ${step.leg.flight}`);
    return mass;
  };

  const undecided = open.filter((step) => step.departure === null);
  if (undecided.length > 0) {
    const first = await run(graphs.m1, undecided, {});
    undecided.forEach((step, index) => {
      step.departureMass = massAt(first, step, index, 'M1');
      step.cancellation = first.cancel![index]!;
      if (!(step.cancellation >= 0 && step.cancellation <= 1)) fail(step.message, `M1 gave no probability of cancellation for ${step.leg.flight}`);
    });
  }
  for (const step of steps) {
    if (step.departure !== null) step.departureMass = indicator(edges, step.departure);
    if (step.arrival !== null) step.arrivalMass = indicator(edges, step.arrival);
  }
  for (let position = 0; open.length > 0 && position <= Math.max(...open.map((step) => step.position)); position += 1) {
    const here = open.filter((step) => step.position === position);
    const linked = here.filter((step) => step.departure === null && (step.before?.arrivalMass ?? null) !== null);
    if (linked.length > 0) {
      const third = await run(graphs.m3, linked, { inbound: (step) => step.before!.arrivalMass!, own: (step) => step.departureMass! });
      linked.forEach((step, index) => { step.departureMass = massAt(third, step, index, 'M3'); });
    }
    if (here.length > 0) {
      const second = await run(graphs.m2, here, { departure: (step) => step.departureMass! });
      here.forEach((step, index) => { step.arrivalMass = massAt(second, step, index, 'M2'); });
    }
  }

  const told = messages.map((): LegPrediction[] => []);
  for (const step of steps) {
    if (step.leg.status !== 'diverted' && failures[step.message] === undefined) told[step.message]!.push(tell(messages[step.message]!, step, edges));
  }
  return told.map((legs, index) => failures[index] ?? legs);
}

function stepsOf(message: RotationChanged, index: number, assumptions: readonly Assumption[]): Step[] {
  const steps: Step[] = [];
  for (const leg of flyingLegs(message)) {
    const actual = actualsOf(leg);
    const assumed = assumptions.find((one) => one.flight === leg.flight)?.departureDelay ?? null;
    steps.push({
      message: index, leg, position: steps.length, before: steps.at(-1),
      departure: actual.departure ?? assumed, arrival: leg.status === 'diverted' ? null : actual.arrival, departed: actual.departure,
      row: -1, cancellation: 0, departureMass: null, arrivalMass: null,
    });
  }
  return steps;
}

function tell(message: RotationChanged, step: Step, edges: readonly number[]): LegPrediction {
  return {
    flight: step.leg.flight,
    scheduledOff: step.leg.scheduledOff,
    lead: step.leg.scheduledOff - message.asOf,
    position: step.position,
    departed: step.departed,
    cancellation: toldProbability(step.cancellation),
    departure: step.departure !== null ? fromPoint(step.departure) : fromMass(edges, step.departureMass!),
    arrival: step.arrival !== null ? fromPoint(step.arrival) : fromMass(edges, step.arrivalMass!),
    rule: step.leg.rule,
  };
}

function indicator(edges: readonly number[], delay: number): Float32Array {
  const mass = new Float32Array(edges.length - 1);
  mass[binOf(edges, delay)] = 1;
  return mass;
}

function isMass(mass: Float32Array): boolean {
  let sum = 0;
  for (const value of mass) {
    if (!(value >= -1e-6)) return false;
    sum += value;
  }
  return Math.abs(sum - 1) < 1e-3;
}
