import { describe, expect, it } from 'vitest';
import { mergeMetrics, mergeOpenApi } from './documents.ts';

describe('merged documents', () => {
  it('keep every path, and tell components of one name apart', () => {
    const ref = { $ref: '#/components/schemas/Thing' };
    const part = (name: string, type: string) => ({ labels: { function: name }, content: { paths: { [`/v1/${name}`]: { get: ref } }, components: { schemas: { Thing: { type } } } } });
    const merged = mergeOpenApi([part('a', 'string'), part('b', 'number'), part('c', 'string')], { title: 't', version: '1', description: 'd' });
    expect(merged).toMatchObject({
      paths: { '/v1/a': { get: ref }, '/v1/b': { get: { $ref: '#/components/schemas/b.Thing' } }, '/v1/c': { get: ref } },
      components: { schemas: { Thing: { type: 'string' }, 'b.Thing': { type: 'number' } } },
    });
  });

  it('give every sample its labels, its own first, and each family its head once', () => {
    const text = (value: number): string => `# HELP x_total What it is.\n# TYPE x_total counter\nx_total{function="own",le="}"} ${value}\nx_total ${value} 17\n`;
    const merged = mergeMetrics([{ labels: { function: 'a' }, content: text(1) }, { labels: { function: 'b', revision: 'q"' }, content: text(2) }, { labels: { function: 'c' }, content: '' }]);
    expect(merged.split('\n')).toEqual([
      '# HELP x_total What it is.', '# TYPE x_total counter',
      'x_total{function="own",le="}"} 1', 'x_total{function="a"} 1 17',
      'x_total{function="own",le="}",revision="q_"} 2', 'x_total{function="b",revision="q_"} 2 17', '',
    ]);
  });
});
