import { z } from 'zod';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { decodeEvent, type OutcomeKnown, type RotationChanged } from '../../lib/events/mod.ts';
import { scanParquet } from '../../lib/lake/mod.ts';

/** One rotation message of a dataset. */
export interface Example { readonly id: string; readonly split: 'valid' | 'test'; readonly message: RotationChanged }

/** What a dataset holds out, in the order in which it became known, and what happened to its flights. */
export interface HeldOut { readonly examples: readonly Example[]; readonly outcomes: ReadonlyMap<string, OutcomeKnown> }

const messageRow = z.looseObject({ id: z.string(), split: z.enum(['train', 'valid', 'test']), body: z.string() });
const outcomeRow = z.looseObject({ flight: z.string(), body: z.string() });

/** The held-out part of a dataset version. Throws `NOT_FOUND`, or `DATASET_INVALID` for rows that are not what they should be and for a test without messages. */
export async function readHeldOut(objects: Objects, dataset: string): Promise<HeldOut> {
  const examples: Example[] = [];
  for await (const { id, split, body } of scanParquet(objects, `datasets/${dataset}/messages.parquet`, messageRow)) {
    const event = decoded(dataset, id, body);
    if (event.kind !== 'rotation.changed') throw new DownlineError('DATASET_INVALID', `${dataset}: message ${id} is ${event.kind}`, { ids: { dataset } });
    if (split !== 'train') examples.push({ id, split, message: event.data });
  }
  const outcomes = new Map<string, OutcomeKnown>();
  for await (const { flight, body } of scanParquet(objects, `datasets/${dataset}/outcomes.parquet`, outcomeRow)) {
    const event = decoded(dataset, flight, body);
    if (event.kind !== 'outcome.known' || event.data.flight !== flight) throw new DownlineError('DATASET_INVALID', `${dataset}: the outcome of ${flight} is something else`, { ids: { dataset } });
    outcomes.set(flight, event.data);
  }
  if (!examples.some((one) => one.split === 'test')) throw new DownlineError('DATASET_INVALID', `${dataset} has no test messages`, { ids: { dataset } });
  return { examples: examples.sort((a, b) => a.message.asOf - b.message.asOf || (a.id < b.id ? -1 : 1)), outcomes };
}

function decoded(dataset: string, id: string, body: string): ReturnType<typeof decodeEvent> {
  try {
    return decodeEvent(JSON.parse(body));
  } catch (error) {
    throw new DownlineError('DATASET_INVALID', `${dataset}: ${id} cannot be read: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`, { ids: { dataset }, cause: error });
  }
}
