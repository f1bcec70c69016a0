import type { OperationsEvent } from '../events/mod.ts';
import { createNetwork, step, warmUp, type Emission, type NetworkState } from '../rotation/mod.ts';
import { decodeArchived, type ArchivedRow } from './archive.ts';

/** What a state is made of again. */
export interface Rebuild {
  readonly replay: string;
  /** Instant of the replay's first event (UTC minutes): history that became known later is held back until the stream is there. */
  readonly cut: number;
  /** The recorded days before the replay, as events. */
  readonly history: AsyncIterable<OperationsEvent>;
  /** The archived OPS stream, in stream order. */
  readonly stream: AsyncIterable<ArchivedRow>;
  /** What is told of the history; absent: nothing is projected there, which is quicker. */
  readonly onHistory?: (emissions: readonly Emission[]) => void;
  /** What is told of each stored event, with its sequence. */
  readonly onStream: (sequence: number, emissions: readonly Emission[]) => Promise<void> | void;
}

/**
 * Runs history and archive through the very reducer that `track` runs online,
 * in the same order: so it tells what `track` told. Throws `EVENT_INVALID` when
 * the archive holds what is no event.
 */
export async function rebuild({ replay, cut, history, stream, onHistory, onStream }: Rebuild): Promise<NetworkState> {
  const network = createNetwork(replay);
  await warmUp(network, history, cut, onHistory);
  for await (const row of stream) {
    const { kind, time, data } = decodeArchived(row);
    const emissions = step(network, { kind, knownAt: time, data } as OperationsEvent, row.sequence);
    if (emissions.length > 0) await onStream(row.sequence, emissions);
  }
  return network;
}
