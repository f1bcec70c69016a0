import { z } from 'zod';
import type { Objects } from '../clients/s3/mod.ts';
import { DownlineError, isDownlineError } from '../errors/mod.ts';
import { keyOf, manifest, manifestVersion, sealManifest, versionOf, type Manifest, type ManifestDraft } from './manifest.ts';
import { digestOf } from '../events/mod.ts';

const FOLDER = 'manifests/';

/** Publishes a version. Its files must be there already. A version that exists is left as it is and returned. */
export async function putManifest(objects: Objects, draft: ManifestDraft): Promise<Manifest> {
  const sealed = sealManifest(draft);
  try {
    return await getManifest(objects, sealed.version);
  } catch (error) {
    if (!isDownlineError(error, 'NOT_FOUND') && !isDownlineError(error, 'DATASET_INVALID')) throw error;
  }
  await objects.put(pathOf(sealed.version), JSON.stringify(sealed, null, 1), 'application/json');
  return sealed;
}

/** The manifest of a version. Throws `NOT_FOUND`, or `DATASET_INVALID` when its content is not what the version says. */
export async function getManifest(objects: Objects, version: string): Promise<Manifest> {
  if (!manifestVersion.safeParse(version).success) throw new DownlineError('NOT_FOUND', `${JSON.stringify(version.slice(0, 80))} is not a version`);
  const body = await objects.get(pathOf(version));
  const parsed = manifest.safeParse(parseJson(body));
  if (!parsed.success) throw new DownlineError('DATASET_INVALID', `manifest ${version}: ${z.prettifyError(parsed.error).slice(0, 500)}`, { ids: { version } });
  if (parsed.data.version !== version || versionOf(parsed.data) !== version) {
    throw new DownlineError('DATASET_INVALID', `manifest ${version} does not have the content that its version says`, { ids: { version } });
  }
  return parsed.data;
}

/** All manifests, of one kind if given, newest last (by `createdAt`, then version). */
export async function listManifests(objects: Objects, kind?: Manifest['kind']): Promise<Manifest[]> {
  const found: Manifest[] = [];
  for (const { key } of await objects.list(kind === undefined ? FOLDER : `${FOLDER}${kind}-`)) {
    const version = /^manifests\/(.+)\.json$/.exec(key)?.[1];
    if (version !== undefined && manifestVersion.safeParse(version).success) found.push(await getManifest(objects, version));
  }
  return found.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.version < b.version ? -1 : 1));
}

/** One thing that is not as the manifest says. */
export interface Defect { readonly key: string; readonly defect: 'absent' | 'size' | 'hash' }

/** Compares every file with its manifest: the defects, empty when the version is sound. `parents` are checked to exist. */
export async function verifyManifest(objects: Objects, version: string): Promise<Defect[]> {
  const sound = await getManifest(objects, version);
  const defects: Defect[] = [];
  for (const parent of sound.parents) {
    if (!(await objects.exists(pathOf(parent)))) defects.push({ key: pathOf(parent), defect: 'absent' });
  }
  for (const file of sound.files) {
    const key = keyOf(sound, file);
    const body = await objects.get(key).catch((error: unknown) => {
      if (isDownlineError(error, 'NOT_FOUND')) return null;
      throw error;
    });
    if (body === null) defects.push({ key, defect: 'absent' });
    else if (body.byteLength !== file.bytes) defects.push({ key, defect: 'size' });
    else if (digestOf(body) !== file.sha256) defects.push({ key, defect: 'hash' });
  }
  return defects;
}

function pathOf(version: string): string {
  return `${FOLDER}${version}.json`;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
