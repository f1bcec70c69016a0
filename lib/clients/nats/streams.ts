import { nanos } from '@nats-io/transport-node';
import { DiscardPolicy, RetentionPolicy, StorageType, type JetStreamManager } from '@nats-io/jetstream';
import { STREAMS } from '../../events/mod.ts';
import { isAbsent } from './errors.ts';

/** Makes the streams of an account unless they are there; brings their subjects up to date. */
export async function makeStreams(manager: JetStreamManager): Promise<void> {
  for (const [name, subjects] of Object.entries(STREAMS)) {
    const config = {
      subjects: [...subjects],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: 0,
      allow_direct: true,
      // A single writer appends in atomic batches (`appending.ts`).
      allow_atomic: true,
      // Downline's own rules find duplicates; JetStream's window is wall time, which means nothing in a replay.
      duplicate_window: nanos(1000),
    };
    const found = await manager.streams.info(name).catch((error: unknown) => {
      if (isAbsent(error)) return null;
      throw error;
    });
    if (found === null) await manager.streams.add({ name, ...config });
    else if (JSON.stringify(found.config.subjects) !== JSON.stringify(config.subjects) || !found.config.allow_direct || found.config.allow_atomic !== true) {
      await manager.streams.update(name, { subjects: config.subjects, allow_direct: true, allow_atomic: true });
    }
  }
}
