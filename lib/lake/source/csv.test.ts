import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect } from '../testing.ts';
import { readCsv, type Line } from './csv.ts';

async function* pieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  await Promise.resolve();
}

const read = (text: string | Uint8Array, size = 7): Promise<Line[]> => collect(readCsv(pieces(text, size), ['a', 'b'], 'x.csv'));

test('lines come with numbers and cells, however the bytes are cut', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (size, windows) => {
    const end = windows ? '\r\n' : '\n';
    const lines = await read(['\uFEFFa,b', '1,Zürich', '"x, ""y""",', '', '3,4'].join(end), size);
    expect(lines.map(({ number, cells }) => [number, cells])).toEqual([[2, ['1', 'Zürich']], [3, ['x, "y"', '']], [5, ['3', '4']]]);
  }));
});

test('a bad line costs itself only', async () => {
  const text = Buffer.concat([Buffer.from('a,b\n1,2\n1\n1,2,3\n"open,2\n'), Buffer.from([0xff, 0xfe, 0x2c, 0x31, 0x0a]), Buffer.from(`${'x'.repeat(100_000)},1\n5,6\n7`)]);
  const lines = await read(text, 1000);
  expect(lines.map(({ defect, cells }) => defect ?? cells)).toEqual([
    ['1', '2'], '1 cells, want 2', '3 cells, want 2', 'its quotes do not close', 'not UTF-8 text', 'longer than a line can be', ['5', '6'], '1 cells, want 2',
  ]);
  expect(lines[5]?.text.length).toBe(1000);
});

test.each(['', 'b,a\n1,2\n', 'a,b,c\n', '"a,b\n'])('a header that is not the source\'s is refused: %j', async (text) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
});
