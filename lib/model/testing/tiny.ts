import { readFileSync } from 'node:fs';
import { canonicalJson, digestOf, type Leg, type RotationChanged } from '../../events/mod.ts';
import { createRandom } from '../../statistics/mod.ts';
import { openBundle, type Bundle } from '../bundle.ts';
import type { Language } from '../language.ts';
import type { BundleManifest } from '../manifest.ts';

/**
 * A tiny real bundle for tests: graphs by `make-bundle.py`, here computed by
 * hand. It speaks whatever language a test asks for (four features or more).
 */
export const EDGES = [-30, 0, 15, 30, 60, 120, 240];
const BINS = EDGES.length - 1;
const HIDDEN = 256;

export const TINY_LANGUAGE: Language = { features: ['a', 'turn_slack', 'b', 'c', 'd'], categories: ['carrier', 'origin'], meaning: 'tiny-meaning' };
export const VOCABULARY = { carrier: ['AA', 'UA'], origin: ['JFK', 'EWR'] };

export type Numbers = readonly (number | null)[];

function columns(numeric: Numbers): number[] {
  return numeric.slice(0, 4).map((value) => (value ?? 0) / 30);
}

function spread(numeric: Numbers, code: number): number[] {
  const x = columns(numeric);
  const hidden = Array.from({ length: HIDDEN }, (_, unit) =>
    Math.max(x.reduce((sum, value, row) => sum + (value * Math.sin(row * HIDDEN + unit)) / 4, 0.1 * code), 0));
  const logits = Array.from({ length: BINS }, (_, bin) => hidden.reduce((sum, value, row) => sum + (value * Math.cos(row * BINS + bin)) / 16, 0));
  const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** What the graphs must answer, from their definitions. */
export const byHand = {
  m1: (numeric: Numbers, code: number): { pmf: number[]; cancel: number } => ({ pmf: spread(numeric, code), cancel: 1 / (1 + Math.exp(3 - columns(numeric)[1]!)) }),
  m2: (numeric: Numbers, code: number, departure: readonly number[]): number[] => spread(numeric, code).map((value, bin) => 0.75 * departure[bin]! + 0.25 * value),
  m3: (numeric: Numbers, inbound: readonly number[], own: readonly number[]): number[] => {
    const a = 1 / (1 + Math.exp(columns(numeric)[1]!));
    return inbound.map((value, bin) => a * value + (1 - a) * own[bin]!);
  },
};

/** The files of the tiny bundle by name, and its digest. */
export function tinyFiles(language: Language = TINY_LANGUAGE, change: Partial<BundleManifest> = {}): { digest: string; files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  const graph = (name: string): { file: string; sha256: string; bytes: number } => {
    const bytes = readFileSync(new URL(`tiny-${name}.onnx`, import.meta.url));
    files.set(`${name}.onnx`, bytes);
    return { file: `${name}.onnx`, sha256: digestOf(bytes), bytes: bytes.length };
  };
  const graphs = { m1: graph('m1'), m2: graph('m2'), m3: graph('m3') };
  const golden = Buffer.from(JSON.stringify(goldenOf(language)));
  files.set('golden.json', golden);
  const manifest: BundleManifest = {
    schema: 1, name: 'tiny', kind: 'chain', run: 'run-1', mlflowRun: null, dataset: 'dataset-1', commit: 'none', createdAt: '2013-06-10T00:00:00Z',
    features: [...language.features], categories: [...language.categories], meaning: language.meaning, vocabulary: VOCABULARY, edges: EDGES, graphs,
    golden: { file: 'golden.json', sha256: digestOf(golden), tolerance: 1e-4 }, metrics: {}, ...change,
  };
  const text = Buffer.from(canonicalJson(manifest));
  files.set('bundle.json', text);
  return { digest: digestOf(text), files };
}

function goldenOf(language: Language): Record<string, unknown> {
  const random = createRandom(1);
  const mass = (): number[] => {
    const weights = EDGES.slice(1).map(() => random() + 0.01);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  const rows = Array.from({ length: 8 }, () => ({
    numeric: language.features.map((): number | null => (random() < 0.2 ? null : Math.round(random() * 200 - 100))),
    categorical: language.categories.map(() => Math.floor(random() * 3)),
    departure: mass(), inbound: mass(), own: mass(),
  }));
  const first = rows.map((row) => byHand.m1(row.numeric, row.categorical[0]!));
  return {
    numeric: rows.map((row) => row.numeric), categorical: rows.map((row) => row.categorical),
    departure: rows.map((row) => row.departure), inbound: rows.map((row) => row.inbound), own: rows.map((row) => row.own),
    m1_pmf: first.map((one) => one.pmf), m1_cancel: first.map((one) => one.cancel),
    m2_pmf: rows.map((row) => byHand.m2(row.numeric, row.categorical[0]!, row.departure)),
    m3_pmf: rows.map((row) => byHand.m3(row.numeric, row.inbound, row.own)),
  };
}

/** The tiny bundle, open. */
export async function tinyBundle(language: Language = TINY_LANGUAGE): Promise<Bundle> {
  const { digest, files } = tinyFiles(language);
  return openBundle(digest, { read: (name) => Promise.resolve(files.get(name)!) }, language);
}

/** A leg for tests: scheduled at a minute, two hours long, of one carrier. */
export function legOf(number: number, scheduledOff: number, change: Partial<Leg> = {}, width = TINY_LANGUAGE.features.length): Leg {
  return {
    flight: `2013-06-10.UA.${number}.EWR.ORD.0600`, carrier: 'UA', number, origin: 'EWR', destination: 'ORD', scheduledOff, scheduledOn: scheduledOff + 120,
    status: 'scheduled', off: null, on: null, rule: { departure: 5, arrival: 2 },
    features: Array.from({ length: width }, (_, index) => (index * 17 + number * 13) % 90), categories: ['UA', 'EWR'], ...change,
  };
}

/** A rotation message for tests. */
export function messageOf(legs: Leg[], change: Partial<RotationChanged> = {}): RotationChanged {
  return {
    replay: 'r1', rotation: 'N123UA', tail: 'N123UA', day: '2013-06-10', asOf: 22_847_000, sequence: 42, cause: 'clock.ticked',
    meaning: TINY_LANGUAGE.meaning, stale: [], legs, ...change,
  };
}
