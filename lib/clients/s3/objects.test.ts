import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts, startS3, type S3Server } from '../../host/testing.ts';
import { ensureBucket, openObjects } from './mod.ts';

let s3: S3Server;
beforeAll(async () => { s3 = await startS3(); });
afterAll(() => s3.stop());

it('keeps what is put, lists it in order and forgets what is removed', async () => {
  const objects = s3.objects();
  await objects.put('b/2.json', '{"ä":1}', 'application/json');
  await objects.put('b/1.bin', Uint8Array.of(0, 255, 7));
  await objects.put('c', '');
  await objects.put('b/1.bin', Uint8Array.of(0, 255, 7));
  expect(await objects.list('b/')).toEqual([{ key: 'b/1.bin', size: 3 }, { key: 'b/2.json', size: 8 }]);
  expect((await objects.list('')).map(({ key }) => key)).toEqual(['b/1.bin', 'b/2.json', 'c']);
  expect([...await objects.get('b/1.bin')]).toEqual([0, 255, 7]);
  expect(await objects.get('c')).toHaveLength(0);
  expect([await objects.exists('c'), await objects.exists('d')]).toEqual([true, false]);
  await objects.remove('c');
  await objects.remove('c');
  expect(await objects.exists('c')).toBe(false);
});

it('says NOT_FOUND for what is not there', async () => {
  const objects = s3.objects();
  await expect(objects.get('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await objects.list('none/')).toEqual([]);
});

it('stays below its prefix', async () => {
  const objects = s3.objects('outer');
  await objects.under('inner/').put('x', '1');
  expect(await objects.list('')).toEqual([{ key: 'inner/x', size: 1 }]);
  expect(await objects.under('inner').list('')).toEqual([{ key: 'x', size: 1 }]);
  for (const key of ['', '/x', 'a/../../secret', './x', 'a//b']) await expect(objects.get(key)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

it('lists more than a page', async () => {
  const objects = s3.objects('pages');
  for (let from = 0; from < 1050; from += 50) await Promise.all(Array.from({ length: 50 }, (_, index) => objects.put(String(from + index).padStart(5, '0'), 'x')));
  const keys = (await objects.list('')).map(({ key }) => key);
  expect(keys).toHaveLength(1050);
  expect(keys).toEqual([...keys].sort());
});

it('says SERVICE_DOWN while the service is away, and goes on after', async () => {
  const objects = s3.objects('outage');
  await objects.put('kept', 'x');
  await s3.kill();
  for (const call of [() => objects.get('kept'), () => objects.put('a', 'b'), () => objects.exists('kept'), () => objects.list(''), () => objects.remove('kept')]) {
    await expect(call()).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  }
  await s3.restart();
  expect(new TextDecoder().decode(await objects.get('kept'))).toBe('x');
});

it('says SERVICE_DOWN for a wrong secret, a foreign bucket and an address without a service', async () => {
  const wrong = openObjects({ ...s3, secret: 'wrong', prefix: 'p' });
  await expect(wrong.get('x')).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  const [port = 0] = await freePorts(1);
  await expect(ensureBucket({ ...s3, endpoint: `http://127.0.0.1:${port}` })).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  await expect(ensureBucket(s3)).resolves.toBeUndefined();
});
