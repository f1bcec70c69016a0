import type { Objects } from '../../lib/clients/s3/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { OPERATIONS, type AnyEnvelope, type OperationsEvent, type OperationsKind } from '../../lib/events/mod.ts';
import type { Fold } from '../../lib/host/mod.ts';
import { historyEvents } from '../../lib/lake/mod.ts';
import { createNetwork, dayOrdinal, decodeNetwork, encodeNetwork, formatDay, MEANING, REDUCER_VERSION, step, warmUp, type NetworkState } from '../../lib/rotation/mod.ts';

/** Minute of the day (09:00Z, the small hours of the United States) of the tick after which the state is stored. */
const SNAPSHOT_AT = 9 * 60;

/**
 * The fold `track`: the network's state from the OPS stream, rotations with
 * their vectors and outcomes into ROTATIONS, whose only writer it is. A replay
 * begins with its history from the lake, through the same reducer.
 */
export function trackFold(objects: Objects): Fold<NetworkState> {
  return {
    name: 'track',
    version: `${REDUCER_VERSION}-${MEANING.slice('sha256:'.length, 19)}`,
    inputs: [{ stream: 'OPS', subjects: (replay) => [`ops.${replay}.>`] }],
    output: { mode: 'single-writer', stream: 'ROTATIONS' },
    initial: createNetwork,
    apply(network, event) {
      if (!isOperations(event)) return [];
      const fact = { kind: event.kind, knownAt: event.time, data: event.data } as OperationsEvent;
      const sequence = event.sequence ?? 0;
      if (fact.kind === 'replay.started' && network.started === null) {
        return begin(objects, network, fact).then(() => step(network, fact, sequence));
      }
      return step(network, fact, sequence);
    },
    encode: encodeNetwork,
    decode: decodeNetwork,
    snapshotAfter: (event) => event.kind === 'clock.ticked' && event.data.now % 1440 === SNAPSHOT_AT,
  };
}

/** Puts the history into a state. It is built apart, so that a failure half-way leaves the state as it was. */
async function begin(objects: Objects, network: NetworkState, { knownAt, data }: Extract<OperationsEvent, { kind: 'replay.started' }>): Promise<void> {
  const first = dayOrdinal(data.from);
  if (Number.isNaN(first)) throw new DownlineError('EVENT_INVALID', `a replay cannot begin on ${data.from}`, { ids: { replay: network.replay } });
  const to = formatDay(first - 1);
  if (data.historyFrom > to) return;
  const warm = createNetwork(network.replay);
  await warmUp(warm, historyEvents(objects, { lake: data.lake, from: data.historyFrom, to, seed: data.seed }), knownAt);
  Object.assign(network, warm);
}

function isOperations(event: AnyEnvelope): event is Extract<AnyEnvelope, { kind: OperationsKind }> {
  return event.kind in OPERATIONS;
}
