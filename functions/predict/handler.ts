import { DownlineError } from '../../lib/errors/mod.ts';
import type { AnyEnvelope, Role } from '../../lib/events/mod.ts';
import type { Context, Delivery, FunctionDefinition } from '../../lib/host/mod.ts';
import { createPredictor, type Vector } from './predictor.ts';
import { revisionFrom, type Revision } from './revision.ts';
import { routes, type Parts } from './routes.ts';
import { createServing } from './serving.ts';
import { asVector, createVectors } from './vectors.ts';

/**
 * `predict`: answers every changed rotation, and whoever asks, with the delay
 * distribution of each leg. One revision serves one bundle; it holds no state
 * that an answer depends on.
 */
export function createPredict(revisionOf: () => Revision): FunctionDefinition {
  let parts: Parts | undefined;
  const ready = (): Parts => {
    if (parts === undefined) throw new DownlineError('UNAVAILABLE', 'predict is still starting');
    return parts;
  };
  return {
    name: 'predict',
    async init(context) {
      const revision = revisionOf();
      const serving = createServing(context, revision);
      parts = { serving, predictor: createPredictor(context, revision, serving), vectors: createVectors(context.bus) };
      await serving.readiness();
    },
    async handle(context, events, delivery) {
      const { predictor, vectors } = ready();
      const changed = events.filter((event) => event.kind === 'rotation.changed').map(stored);
      vectors.note(changed);
      const role = roleOf(context, delivery);
      await predictor.predict(changed.map((vector) => ({ vector, role, assumed: [] })), 'event');
    },
    routes: (app, context) => routes(app, context, ready),
    readiness: () => parts?.serving.readiness() ?? Promise.resolve('predict is still starting'),
    async shutdown() {
      await parts?.serving.close();
      parts = undefined;
    },
  };
}

/** A vector must lie in the stream: its receipt points there. */
function stored(event: AnyEnvelope): Vector {
  const vector = asVector(event);
  if (vector === null) throw new DownlineError('EVENT_INVALID', `${event.kind} ${event.id} does not say at which sequence of ROTATIONS it lies`, { ids: { id: event.id } });
  return vector;
}

/** Whose answer it is: a canary's answer to an event is a shadow, seen by nobody but the judge. */
function roleOf(context: Context, { tag }: Delivery): Role {
  if (context.environment === 'staging' || tag === 'staging') return 'staging';
  return tag === 'production' ? 'production' : 'shadow';
}

export default createPredict(() => revisionFrom(process.env['DOWNLINE_REVISION']));
