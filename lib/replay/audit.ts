import type { Objects } from '../clients/s3/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import { archivedDays, dayOf, decodeArchived, readArchivedDays } from './archive.ts';
import { historyBefore } from './history.ts';
import { Parity, type ParityReport } from './parity.ts';
import { rebuild } from './rebuild.ts';

/**
 * Computes every logged message of a replay's archive again, from its history
 * and its archived OPS stream, and compares. Throws `NOT_FOUND` where nothing
 * is archived yet.
 */
export async function auditParity(objects: Objects, replay: string, onDay: (day: string) => void = () => undefined): Promise<ParityReport & { readonly days: readonly string[] }> {
  const production = await archivedDays(objects, replay);
  const first = await readArchivedDays(objects, production.slice(0, 1), 'OPS').next();
  const beginning = first.done === true ? null : decodeArchived(first.value);
  if (beginning?.kind !== 'replay.started') throw new DownlineError('NOT_FOUND', `no day of ${replay} is archived from its beginning`, { ids: { replay } });
  const parity = new Parity(readArchivedDays(objects, production, 'ROTATIONS'));
  await rebuild({
    replay,
    cut: beginning.time,
    history: historyBefore(objects, beginning.data),
    stream: readArchivedDays(objects, production, 'OPS'),
    async onStream(sequence, emissions) {
      await parity.compare(sequence, emissions);
      const last = emissions.at(-1)!;
      if (last.kind === 'track.ticked' && last.data.now % 1440 === 0) onDay(new Date(last.data.now * 60_000).toISOString().slice(0, 10));
    },
  });
  return { ...await parity.finish(), days: production.map(dayOf) };
}
