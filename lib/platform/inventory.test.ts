import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDownlineError } from '../errors/mod.ts';
import { parseInventory, readInventory } from './inventory.ts';

const root = resolve(import.meta.dirname, '../..');
const stack = (body: string): string => `version: 1.0\nprovider: { name: openfaas }\nfunctions:\n${body}`;
const one = (more: string): string => stack(`  a:\n    handler: ./functions/a\n    image: downline/a\n${more}`);
const reason = (source: string): string => {
  try {
    parseInventory(source, root);
  } catch (error) {
    if (isDownlineError(error, 'SETTING_INVALID')) return error.message;
    throw error;
  }
  return '';
};

describe('the inventory', () => {
  it('reads the stack.yml of the repository: every function has code', () => {
    const { functions } = readInventory(join(root, 'stack.yml'));
    expect(functions.length).toBeGreaterThan(10);
    const predict = functions.find(({ name }) => name === 'predict')!;
    expect(predict).toMatchObject({ triggers: [{ stream: 'ROTATIONS', subjects: ['rotation.>'] }], sticky: 'rotation', scale: { min: 1, max: 5 }, folder: join(root, 'functions/predict') });
    expect(functions.filter(({ steers }) => steers).map(({ name }) => name)).toEqual(['pipeline', 'rollout']);
    expect(functions.find(({ name }) => name === 'alert')!.triggers).toEqual([
      { stream: 'PREDICTIONS', subjects: ['prediction.*.production.event.>'] },
      { stream: 'ROTATIONS', subjects: ['outcome.>', 'clock.>'] },
    ]);
  });

  it.each([
    ['a key that OpenFaaS does not know', one('    replicas: 3'), /functions\.a.*replicas/],
    ['a missing image', stack('  a: { handler: ./functions/a }'), /functions\.a\.image/],
    ['an annotation that is not text', one('    annotations: { com.downline/job: true }'), /com\.downline\/job.*quotes/],
    ['an annotation that nobody reads', one('    annotations: { com.downline/route: /v1 }'), /com\.downline\/route/],
    ['a stream that does not exist', one('    annotations: { topic: "OPZ:ops.>" }'), /OPZ/],
    ['a subject of another stream', one('    annotations: { topic: "OPS:clock.>" }'), /clock\.> is not in the stream OPS/],
    ['a topic without a subject', one('    annotations: { topic: OPS }'), /no subject/],
    ['a stream named twice', one('    annotations: { topic: "OPS:ops.a;OPS:ops.b" }'), /twice/],
    ['a cron expression that is none', one('    annotations: { schedule: "every day", com.downline/schedule-clock: real }'), /cron/],
    ['a schedule without its clock', one('    annotations: { schedule: "* * * * *" }'), /schedule-clock/],
    ['a route that is no path', one('    annotations: { com.downline/routes: "v1/x" }'), /path prefix/],
    ['a handler outside the repository', stack('  a: { handler: ../../etc, image: x }'), /outside/],
    ['a scale that leaves no instance', one('    labels: { com.openfaas.scale.min: "3", com.openfaas.scale.max: "1" }'), /no instance/],
    ['a scale that is no number', one('    labels: { com.openfaas.scale.min: "-1" }'), /whole number/],
    ['a name that is no DNS name', stack('  A_b: { handler: ./a, image: x }'), /A_b/],
    ['no function', 'version: 1.0\nprovider: { name: openfaas }\nfunctions: {}', /functions/],
    ['two owners of a route', stack('  a: { handler: ./a, image: x, annotations: { com.downline/routes: /v1 } }\n  b: { handler: ./b, image: x, annotations: { com.downline/routes: /v1 } }'), /belongs to a/],
    ['a key given twice', stack('  a: { handler: ./a, image: x }\n  a: { handler: ./b, image: x }'), /unique/],
    ['no YAML', '\t{{{', /stack\.yml/],
    ['nothing', '', /stack\.yml/],
    ['aliases that explode', `a: &a [x,x]\n${'bcdefghijklmnop'.split('').map((name, index) => `${name}: &${name} [*${'abcdefghijklmnop'[index]!},*${'abcdefghijklmnop'[index]!}]`).join('\n')}`, /stack\.yml/],
    ['a file that is too large', `# ${'x'.repeat(1_100_000)}`, /1 MB/],
  ])('refuses %s, saying where', (_what, source, expected) => {
    expect(reason(source)).toMatch(expected);
  });

  it('never fails in another way, whatever the text', () => {
    const original = readFileSync(join(root, 'stack.yml'), 'utf8');
    fc.assert(fc.property(fc.nat(original.length), fc.nat(30), fc.string({ maxLength: 12 }), (at, cut, text) => {
      reason(original.slice(0, at) + text + original.slice(at + cut));
    }), { numRuns: 60 });
  });
});
