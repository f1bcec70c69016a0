/** Paths whose last segment says which rotation they are about. */
const ROTATION = /^\/v1\/rotations\/([^/?]+)/;
const RECEIPT = /^\/v1\/receipts\/([^/?]+)\.[^./?]+/;

/**
 * The key by which a request keeps its side of a rollout: the rotation (or
 * tail, which is the rotation's name, or flight) of its body, or the one in its
 * path; null when it names none. Never throws: the function itself judges the request.
 */
export function stickyKey(url: string, body: Buffer, contentType: string | undefined): string | null {
  const inPath = (ROTATION.exec(url) ?? RECEIPT.exec(url))?.[1];
  if (inPath !== undefined) return decoded(inPath);
  if (body.length === 0 || contentType === undefined || !contentType.includes('json')) return null;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value !== 'object' || value === null) return null;
    const { rotation, tail, flight } = value as { rotation?: unknown; tail?: unknown; flight?: unknown };
    return [rotation, tail, flight].find((one) => typeof one === 'string') ?? null;
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
