import { connectBus, type Bus } from '../lib/clients/nats/mod.ts';
import { openObjects, type Objects } from '../lib/clients/s3/mod.ts';
import { connectionsOf } from '../lib/embedded/mod.ts';
import type { Settings } from '../lib/settings/mod.ts';

/** Runs `work` with the servers of a home that runs. Throws `UNAVAILABLE` where none does, `SERVICE_DOWN` where they do not answer. */
export async function withServers<T>(settings: Settings, work: (clients: { readonly bus: Bus; readonly objects: Objects }) => Promise<T>): Promise<T> {
  const { nats, s3 } = connectionsOf(settings);
  const { production: password } = nats.passwords;
  const bus = await connectBus({ servers: nats.servers, name: 'downline', environment: 'production', ...(password !== undefined && { user: 'downline', password }) });
  try {
    return await work({ bus, objects: openObjects(s3) });
  } finally {
    await bus.close();
  }
}
