/**
 * A number in [0, 1) that is a function of the seed, an id and a purpose alone
 * (a 53-bit string hash, no state): so nothing that happens to one flight, and
 * no outcome, changes what the dice say of another.
 */
export function chance(seed: number, id: string, purpose: string): number {
  const text = `${seed}|${purpose}|${id}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)) / 2 ** 53;
}
