import type { RotationChanged } from '../../lib/events/mod.ts';
import type { Bundle } from '../../lib/model/mod.ts';
import { FEATURES } from '../../lib/rotation/mod.ts';
import { meanOf } from '../../lib/statistics/mod.ts';
import { difference, type Difference } from './comparison.ts';
import type { Example } from './examples.ts';
import { answerAll, hasDeparture, lossesOf, type Scored } from './scored.ts';

/** Later legs: the chain against the answer that M1 gives without the legs before. */
export interface ChainAgainstDirect { readonly position: string; readonly rows: number; readonly chain: number; readonly direct: number; readonly difference: Difference }

/** Messages for these two: half of an evaluation's time would go to more. */
const MESSAGES = 2500;

/**
 * The chain against direct prediction, by position of the leg: each leg is
 * asked about as if it were alone, so that M1 answers by itself from the same
 * vector. Negative differences: the chain earns its keep.
 */
export async function chainAgainstDirect(bundle: Bundle, rows: readonly Scored[], examples: readonly Example[], seed: number): Promise<ChainAgainstDirect[]> {
  const messages = new Map(examples.map((example) => [example.id, example.message]));
  const later = thin(rows.filter((row) => hasDeparture(row) && row.candidate.position > 0), 2 * MESSAGES);
  const alone = later.map((row): RotationChanged => ({ ...messages.get(row.message)!, legs: [row.leg] }));
  const { legs } = await answerAll(bundle, alone);
  const direct = later.map((row, index) => lossesOf({ ...row, candidate: { ...legs[index]![0]!, departed: null } }).candidate);
  const groups = new Map<string, number[]>();
  later.forEach((row, index) => {
    for (const key of ['all', row.candidate.position >= 3 ? '3+' : String(row.candidate.position), ...(row.beforeFirst ? ['before-first-departure'] : [])]) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [index]);
      else group.push(index);
    }
  });
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([position, indices]) => {
    const chosen = indices.map((index) => later[index]!);
    const losses = new Map(chosen.map((row, at) => [row, direct[indices[at]!]!]));
    return {
      position, rows: indices.length,
      chain: meanOf(chosen.map((row) => lossesOf(row).candidate)),
      direct: meanOf(indices.map((index) => direct[index]!)),
      difference: difference(chosen, (row) => losses.get(row)!, seed),
    };
  });
}

/** A known failure mode: what the answers lose when it strikes. */
export interface FailureMode { readonly name: string; readonly rows: number; readonly pinball: number; readonly pinballBefore: number; readonly pinballRule: number }

/** Feeds that fall silent: their features go missing, as they do in the vector then. */
const SILENT: Readonly<Record<string, (source: string) => boolean>> = {
  'silent-weather': (source) => source.includes('weather'),
  'silent-register': (source) => source === 'assignment',
};

/** The failure modes that are known, on a thinned part of the examples. The staleness mark is left off: this is about the model, not about the degraded mode that replaces it. */
export async function failureModes(bundle: Bundle, rows: readonly Scored[], examples: readonly Example[]): Promise<FailureMode[]> {
  const chosen = thin(examples.filter((example) => example.split === 'test'), MESSAGES);
  const ids = new Map(chosen.map((example, index) => [example.id, index]));
  const affected = rows.filter((row) => ids.has(row.message) && hasDeparture(row));
  const modes: FailureMode[] = [];
  for (const [name, silent] of Object.entries(SILENT)) {
    const gone = FEATURES.map((feature) => silent(feature.source));
    const { legs } = await answerAll(bundle, chosen.map(({ message }) => ({
      ...message, legs: message.legs.map((leg) => ({ ...leg, features: leg.features?.map((value, index) => (gone[index] === true ? null : value)) ?? null })),
    })));
    const struck = affected.flatMap((row) => {
      const prediction = legs[ids.get(row.message)!]!.find((one) => one.flight === row.leg.flight);
      return prediction === undefined ? [] : [lossesOf({ ...row, candidate: prediction })];
    });
    modes.push({
      name, rows: struck.length,
      pinball: meanOf(struck.map((loss) => loss.candidate)),
      pinballBefore: meanOf(affected.map((row) => lossesOf(row).candidate)),
      pinballRule: meanOf(affected.map((row) => lossesOf(row).rule)),
    });
  }
  return modes;
}

function thin<T>(all: readonly T[], count: number): T[] {
  const every = Math.max(1, Math.ceil(all.length / count));
  return all.filter((_, index) => index % every === 0);
}
