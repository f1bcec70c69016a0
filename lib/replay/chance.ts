/**
 * Seeded chance without a sequence of draws: the number belongs to what it is
 * asked about, so that a replay that starts again in the middle, or skips what
 * is stored, meets the same accidents.
 */

/** A uniform number in [0, 1) that belongs to a seed, a thing and a purpose. FNV-1a, finished by the mixer of MurmurHash3. */
export function chance(seed: number, thing: string | number, purpose: string): number {
  const text = `${seed}|${purpose}|${thing}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
