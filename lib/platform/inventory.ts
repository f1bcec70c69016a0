import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { validate as isCron } from 'node-cron';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import { STREAMS, type StreamName } from '../events/mod.ts';

/** A durable consumer of a function: subjects of one stream. */
export interface Trigger { readonly stream: StreamName; readonly subjects: readonly string[] }

/** A function as `stack.yml` lists it, its annotations decoded. */
export interface FunctionEntry {
  readonly name: string;
  /** Absolute folder of its code. */
  readonly folder: string;
  readonly image: string;
  readonly scale: { readonly min: number; readonly max: number };
  readonly triggers: readonly Trigger[];
  /** HTTP path prefixes, whole segments. */
  readonly routes: readonly string[];
  /** Cron expression of real time, with seconds; null without one. */
  readonly schedule: string | null;
  /** What a request keeps its side of a rollout by; a function that has it is rolled out by revisions. */
  readonly sticky: 'rotation' | null;
  readonly job: boolean;
  /** Whether it steers revisions and jobs of others. */
  readonly steers: boolean;
}

export interface Inventory { readonly functions: readonly FunctionEntry[] }

const text = z.string().min(1);
const dnsName = z.string().max(63).regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'wants lower-case letters, digits and dashes');
const quantity = z.object({ memory: text.optional(), cpu: text.optional() }).strict();
const pairs = z.record(text, z.string({ error: 'wants text: put numbers and booleans in quotes' }));

/**
 * OpenFaaS's `stack.yml`, drawn from its documentation
 * (docs.openfaas.com/reference/yaml): what is not in it is refused, so that
 * the real `faas-cli` has nothing to refuse.
 */
export const stackSchema = z.object({
  version: z.union([z.literal('1.0'), z.literal(1)]),
  provider: z.object({ name: z.literal('openfaas'), gateway: z.url().optional() }).strict(),
  configuration: z.object({
    copy: z.array(text).optional(),
    templates: z.array(z.object({ name: text, source: text.optional() }).strict()).optional(),
  }).strict().optional(),
  functions: z.record(dnsName, z.object({
    lang: text.optional(),
    handler: text,
    image: text,
    skip_build: z.boolean().optional(),
    build_options: z.array(text).optional(),
    build_args: pairs.optional(),
    build_secrets: pairs.optional(),
    platforms: text.optional(),
    fprocess: text.optional(),
    namespace: dnsName.optional(),
    environment: pairs.optional(),
    environment_file: z.array(text).optional(),
    secrets: z.array(text).optional(),
    labels: pairs.optional(),
    annotations: pairs.optional(),
    constraints: z.array(text).optional(),
    limits: quantity.optional(),
    requests: quantity.optional(),
    readonly_root_filesystem: z.boolean().optional(),
  }).strict()).refine((functions) => Object.keys(functions).length > 0, 'lists no function'),
}).strict();

const PREFIX = 'com.downline/';
const ANNOTATIONS = ['topic', 'schedule', `${PREFIX}schedule-clock`, `${PREFIX}routes`, `${PREFIX}sticky`, `${PREFIX}job`, `${PREFIX}steers`];

/** The inventory of a `stack.yml`. Throws `SETTING_INVALID` naming the function and the key. */
export function readInventory(path: string): Inventory {
  return parseInventory(readFileSync(path, 'utf8'), dirname(resolve(path)));
}

/** The inventory of the text of a `stack.yml`; `root` is what handlers are relative to. */
export function parseInventory(source: string, root: string): Inventory {
  if (source.length > 1_000_000) throw invalid('is larger than 1 MB');
  const document = parseDocument(source, { uniqueKeys: true });
  if (document.errors.length > 0) throw invalid(document.errors[0]!.message);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const stack = stackSchema.safeParse(content);
  if (!stack.success) throw invalid(stack.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`).join('; ').slice(0, 1_000));
  const functions = Object.entries(stack.data.functions).map(([name, entry]) => decode(name, entry, root));
  const owners = new Map<string, string>();
  for (const { name, routes } of functions) {
    for (const route of routes) {
      const other = owners.get(route);
      if (other !== undefined) throw invalid(`functions.${name}.annotations.${PREFIX}routes: ${route} belongs to ${other} already`);
      owners.set(route, name);
    }
  }
  return { functions };
}

function decode(name: string, entry: z.output<typeof stackSchema>['functions'][string], root: string): FunctionEntry {
  const annotations = entry.annotations ?? {};
  const fail = (key: string, why: string): DownlineError => invalid(`functions.${name}.annotations.${key}: ${why}`);
  for (const key of Object.keys(annotations)) {
    if (!ANNOTATIONS.includes(key)) throw fail(key, `is not one of ${ANNOTATIONS.join(', ')}`);
  }
  const folder = resolve(root, entry.handler);
  if (!folder.startsWith(resolve(root))) throw invalid(`functions.${name}.handler: ${entry.handler} is outside the repository`);
  const schedule = annotations.schedule ?? null;
  if (schedule !== null && !isCron(schedule)) throw fail('schedule', `${JSON.stringify(schedule)} is not a cron expression`);
  if (schedule !== null && annotations[`${PREFIX}schedule-clock`] !== 'real') {
    throw fail(`${PREFIX}schedule-clock`, 'wants real; simulated time comes by the topic ROTATIONS:clock.>');
  }
  const sticky = annotations[`${PREFIX}sticky`] ?? null;
  if (sticky !== null && sticky !== 'rotation') throw fail(`${PREFIX}sticky`, `wants rotation, got ${sticky}`);
  return {
    name,
    folder,
    image: entry.image,
    scale: scaleOf(name, entry.labels ?? {}),
    triggers: annotations.topic === undefined ? [] : triggersOf(annotations.topic, (why) => fail('topic', why)),
    routes: routesOf(annotations[`${PREFIX}routes`], (why) => fail(`${PREFIX}routes`, why)),
    schedule,
    sticky,
    job: flag(annotations[`${PREFIX}job`], (why) => fail(`${PREFIX}job`, why)),
    steers: flag(annotations[`${PREFIX}steers`], (why) => fail(`${PREFIX}steers`, why)),
  };
}

function triggersOf(topic: string, fail: (why: string) => DownlineError): Trigger[] {
  const triggers = topic.split(';').map((part): Trigger => {
    const [stream = '', subjects = ''] = part.trim().split(':');
    if (!(stream in STREAMS)) throw fail(`${JSON.stringify(stream)} is no stream; the streams are ${Object.keys(STREAMS).join(', ')}`);
    const list = subjects.split(',').map((subject) => subject.trim());
    for (const subject of list) {
      if (!/^[a-z]+(\.([a-zA-Z0-9_-]+|\*))*(\.>)?$/.test(subject)) throw fail(`${JSON.stringify(subject)} is no subject`);
      const prefixes = STREAMS[stream as StreamName].map((one) => one.slice(0, -1));
      if (!prefixes.some((prefix) => subject.startsWith(prefix))) throw fail(`${subject} is not in the stream ${stream}`);
    }
    return { stream: stream as StreamName, subjects: list };
  });
  if (new Set(triggers.map((one) => one.stream)).size !== triggers.length) throw fail('names a stream twice');
  return triggers;
}

function routesOf(list: string | undefined, fail: (why: string) => DownlineError): string[] {
  if (list === undefined) return [];
  return list.split(',').map((route) => {
    if (!/^\/([a-z0-9-]+(\/[a-z0-9-]+)*)?$/.test(route.trim())) throw fail(`${JSON.stringify(route)} is no path prefix`);
    return route.trim();
  });
}

function scaleOf(name: string, labels: Record<string, string>): { min: number; max: number } {
  const read = (key: string, otherwise: number): number => {
    const label = labels[key];
    if (label === undefined) return otherwise;
    if (!/^\d{1,3}$/.test(label)) throw invalid(`functions.${name}.labels.${key}: wants a whole number, got ${JSON.stringify(label)}`);
    return Number(label);
  };
  const scale = { min: read('com.openfaas.scale.min', 1), max: read('com.openfaas.scale.max', 20) };
  if (scale.min > scale.max || scale.max === 0) throw invalid(`functions.${name}.labels: scale.min ${scale.min} and scale.max ${scale.max} leave no instance`);
  return scale;
}

function flag(value: string | undefined, fail: (why: string) => DownlineError): boolean {
  if (value !== undefined && value !== 'true' && value !== 'false') throw fail(`wants true or false, got ${JSON.stringify(value)}`);
  return value === 'true';
}

function invalid(why: string): DownlineError {
  return new DownlineError('SETTING_INVALID', `stack.yml: ${why}`);
}
