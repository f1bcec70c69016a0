import type { OperationsEvent, UtcMinute } from '../events/mod.ts';
import type { NetworkState } from './network.ts';
import { step, type Emission } from './step.ts';

/**
 * Brings a new state up to a replay's first instant with the history, through
 * the same `step`. History that became known at `cut` or later (the last
 * evening's arrivals) is held back and applied, silently, as the stream gets
 * there: the first vectors must not know it. Held ticks are dropped, the stream
 * has its own. `onEmissions` gets what was told of the history (training rows);
 * without it nothing is projected.
 */
export async function warmUp(network: NetworkState, history: AsyncIterable<OperationsEvent>, cut: UtcMinute, onEmissions?: (emissions: readonly Emission[]) => void): Promise<void> {
  for await (const event of history) {
    if (event.knownAt >= cut) {
      if (event.kind !== 'clock.ticked') network.held.push(event);
      continue;
    }
    const emissions = step(network, event, 0, { quiet: onEmissions === undefined });
    if (emissions.length > 0) onEmissions?.(emissions);
  }
}
