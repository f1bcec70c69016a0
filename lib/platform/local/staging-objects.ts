import type { Objects } from '../../clients/s3/mod.ts';

/** What staging may read of production's objects: what it is to try. */
const SHARED = 'bundles/';

/** The objects of staging: its own prefix, and production's bundles to read only. */
export function stagingObjects(objects: Objects): Objects {
  const own = objects.under('staging/');
  const of = (key: string): Objects => (key.startsWith(SHARED) ? objects : own);
  return {
    get: (key) => of(key).get(key),
    put: (key, body, contentType) => own.put(key, body, contentType),
    exists: (key) => of(key).exists(key),
    list: (prefix) => of(prefix).list(prefix),
    remove: (key) => own.remove(key),
    under: (prefix) => (prefix.startsWith(SHARED) ? objects.under(prefix) : own.under(prefix)),
  };
}
