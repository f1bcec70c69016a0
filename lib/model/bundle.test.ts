import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../events/mod.ts';
import { startS3, type S3Server } from '../host/testing.ts';
import { bundlePrefix, keptFiles, loadBundle, openBundle, predictRotations, RULE_BUNDLE, SERVING, type BundleFiles, type BundleManifest } from './mod.ts';
import { EDGES, legOf, messageOf, TINY_LANGUAGE, tinyFiles } from './testing/tiny.ts';

/** Opens the tiny bundle with files replaced; their hashes in the manifest follow unless `keepHashes`. */
function open(change: Partial<BundleManifest>, replace: Record<string, Uint8Array | string> = {}, language = TINY_LANGUAGE) {
  const { files } = tinyFiles(language);
  for (const [name, bytes] of Object.entries(replace)) files.set(name, Buffer.from(bytes));
  const manifest = { ...(JSON.parse(Buffer.from(files.get('bundle.json')!).toString()) as BundleManifest), ...change };
  const text = Buffer.from(canonicalJson(manifest));
  files.set('bundle.json', text);
  return openBundle(digestOf(text), { read: (name) => Promise.resolve(files.get(name)!) }, TINY_LANGUAGE);
}

async function reasonOf(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(() => null, (thrown: unknown) => thrown as { code: string; message: string });
  expect(error).toMatchObject({ code: 'BUNDLE_INVALID' });
  return error!.message;
}

const manifest = JSON.parse(Buffer.from(tinyFiles().files.get('bundle.json')!).toString()) as BundleManifest;
const graphs = manifest.graphs!;
const withGolden = (text: string): [Partial<BundleManifest>, Record<string, string>] => [{ golden: { file: 'golden.json', sha256: digestOf(text), tolerance: 1e-4 } }, { 'golden.json': text }];
const goldenText = Buffer.from(tinyFiles().files.get('golden.json')!).toString();
type Table = Record<string, number[][] | number[]>;
const changed = (change: (golden: Table) => void): string => {
  const golden = JSON.parse(goldenText) as Table;
  change(golden);
  return JSON.stringify(golden);
};

describe('a bundle', () => {
  it('opens when everything holds', async () => {
    const bundle = await open({});
    expect(bundle.digest).toBe(tinyFiles().digest);
    await bundle.close();
  });

  it('says what differs in language', async () => {
    expect(await reasonOf(open({ features: ['a', 'turn_slack', 'c', 'b', 'd'] }))).toContain('features[2] is c, this code computes b');
    expect(await reasonOf(open({ features: ['a'] }))).toContain('features[1] is absent, this code computes turn_slack');
    expect(await reasonOf(open({ categories: ['carrier', 'origin', 'x'] }))).toContain('categories[2] is x, this code computes none');
    expect(await reasonOf(open({ meaning: 'another' }))).toContain('mean another, this code computes tiny-meaning');
  });

  it('refuses manifests that are no bundle', async () => {
    expect(await reasonOf(open({ kind: 'rule' }))).toContain('not a chain');
    expect(await reasonOf(open({ graphs: null }))).toContain('three graphs');
    expect(await reasonOf(open({ golden: null }))).toContain('golden');
    for (const edges of [[], [0], [0, 0, 1, 2, 3, 4, 5], [...EDGES].reverse()]) expect(await reasonOf(open({ edges }))).toContain('ascending');
    expect(await reasonOf(open({ schema: 2 as 1 }))).toContain('schema');
    expect(await reasonOf(open({ graphs: { ...graphs, m1: { ...graphs.m1, file: '../../../etc/passwd' } } }))).toContain('graphs.m1.file');
    expect(await reasonOf(open({ golden: { ...manifest.golden!, file: '../golden.json' } }))).toContain('golden.file');
    expect(await reasonOf(open({ edges: EDGES.slice(1) }))).toMatch(/golden/);
  });

  it('refuses damaged, truncated and foreign files', async () => {
    const { digest, files } = tinyFiles();
    for (const name of ['m1.onnx', 'm3.onnx', 'golden.json', 'bundle.json']) {
      for (const damage of [(bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2), (bytes: Uint8Array) => new Uint8Array([...bytes, 0]), () => new Uint8Array()]) {
        const damaged: BundleFiles = { read: (wanted) => Promise.resolve(wanted === name ? damage(files.get(wanted)!) : files.get(wanted)!) };
        expect(await reasonOf(openBundle(digest, damaged, TINY_LANGUAGE))).toContain(`${name} has the hash`);
      }
    }
    for (const text of ['not json', '[]', 'null', '\u0000', '{"schema":1}']) {
      expect(await reasonOf(openBundle(digestOf(text), { read: () => Promise.resolve(Buffer.from(text)) }, TINY_LANGUAGE))).toContain('bundle.json');
    }
    const text = 'not a graph';
    expect(await reasonOf(open({ graphs: { ...graphs, m2: { file: 'm2.onnx', sha256: digestOf(text), bytes: text.length } } }, { 'm2.onnx': text }))).toContain('m2.onnx is not a graph');
    // A graph with other inputs and outputs than its place wants.
    expect(await reasonOf(open({ graphs: { ...graphs, m1: graphs.m3 } }))).toContain('golden vectors do not run');
  });

  it('refuses golden vectors that the graphs do not give, or that are no vectors', async () => {
    expect(await reasonOf(open(...withGolden(changed((golden) => { (golden['m3_pmf'] as number[][])[4]![2]! += 0.001; }))))).toMatch(/m3 pmf of the golden vectors is off by 0\.00/);
    expect(await reasonOf(open(...withGolden(changed((golden) => { (golden['m1_cancel'] as number[])[0] = 0.9; }))))).toContain('m1 cancel');
    expect(await reasonOf(open(...withGolden(changed((golden) => { golden['m2_pmf'] = golden['m2_pmf']!.slice(1); }))))).toContain('m2_pmf wants 8 rows');
    expect(await reasonOf(open(...withGolden(changed((golden) => { golden['numeric'] = []; }))))).toContain('numeric');
    for (const text of ['', '{}', '[1]', goldenText.slice(0, 200), goldenText.replace('"m1_cancel"', '"m1"')]) expect(await reasonOf(open(...withGolden(text)))).toContain('golden vectors');
  });
});

describe('bundles in the lake', () => {
  let s3: S3Server;
  let home: string;
  beforeAll(async () => {
    s3 = await startS3();
    home = await mkdtemp(join(tmpdir(), 'downline-bundle-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('are kept on disk, mended when damaged there, and need no lake afterwards', async () => {
    const objects = s3.objects();
    const { digest, files } = tinyFiles(SERVING);
    await expect(loadBundle(objects, digest, { home })).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    for (const [name, bytes] of files) await objects.put(`${bundlePrefix(digest)}/${name}`, bytes);
    await (await loadBundle(objects, digest, { home })).close();
    const kept = join(home, bundlePrefix(digest), 'm1.onnx');
    await writeFile(kept, 'damaged');
    await (await loadBundle(objects, digest, { home })).close();
    expect(digestOf(await readFile(kept))).toBe(digestOf(files.get('m1.onnx')!));
    for (const name of files.keys()) await objects.remove(`${bundlePrefix(digest)}/${name}`);
    const bundle = await loadBundle(objects, digest, { home });
    const leg = legOf(1, 22_847_100, { categories: SERVING.categories.map(() => 'UA') }, SERVING.features.length);
    expect((await predictRotations(bundle, [messageOf([leg])]))[0]).toHaveLength(1);
    await bundle.close();
  });

  it('that lie are found out, and are not kept', async () => {
    const objects = s3.objects();
    const { digest, files } = tinyFiles(SERVING, { name: 'lies' });
    for (const [name, bytes] of files) await objects.put(`${bundlePrefix(digest)}/${name}`, name === 'm2.onnx' ? 'lies' : bytes);
    await expect(loadBundle(objects, digest, { home })).rejects.toMatchObject({ code: 'BUNDLE_INVALID', message: expect.stringContaining('m2.onnx has the hash') as string });
    await expect(readFile(join(home, bundlePrefix(digest), 'm2.onnx'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are named by digests only; the rule is one without files', async () => {
    for (const digest of ['', 'sha256:', '../..', `sha256:${'0'.repeat(63)}`, `sha256:${'A'.repeat(64)}`, 'x'.repeat(5000)]) {
      await expect(loadBundle(s3.objects(), digest, { home })).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    }
    expect(await loadBundle(s3.objects(), 'rule', { home })).toBe(RULE_BUNDLE);
    expect(await loadBundle(s3.objects(), RULE_BUNDLE.digest, { home })).toBe(RULE_BUNDLE);
    // A home that cannot be written costs the keeping, not the answer.
    const { digest, files } = tinyFiles(SERVING);
    const objects = s3.objects();
    for (const [name, bytes] of files) await objects.put(`${bundlePrefix(digest)}/${name}`, bytes);
    expect(digestOf(await keptFiles(objects, digest, '/dev/null').read('bundle.json', digest))).toBe(digest);
  });
});
