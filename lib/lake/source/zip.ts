import { crc32 } from 'node:zlib';
import { promisify } from 'node:util';
import { open as openZip, type Entry, type ZipFile } from 'yauzl';
import { DownlineError } from '../../errors/mod.ts';

const open = promisify<string, { lazyEntries: true; autoClose: false }, ZipFile>(openZip);

/** Largest file that is taken out of an archive: the source's is 31 MB, and a small archive can hold terabytes. */
const LIMIT = 512 * 1024 * 1024;

/**
 * The content of one file of a zip archive, piece by piece, unpacked as it is
 * read. Throws `DATASET_INVALID` when the archive is damaged or truncated, does
 * not have the file, or the content does not have its checksum.
 */
export async function* unzip(archive: string, name: string): AsyncGenerator<Uint8Array> {
  const fail = (reason: string, cause?: unknown): DownlineError => new DownlineError('DATASET_INVALID', `${archive}: ${reason}`, { cause });
  let zip: ZipFile;
  try {
    zip = await open(archive, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  try {
    const entry = await find(zip, name).catch((error: unknown) => { throw fail(messageOf(error), error); });
    if (entry === null) throw fail(`has no file ${name}`);
    if (entry.uncompressedSize > LIMIT) throw fail(`${name} is larger than ${LIMIT} bytes`);
    let sum = 0;
    try {
      const stream = await promisify(zip.openReadStream.bind(zip) as (entry: Entry, done: (error: Error | null, stream: NodeJS.ReadableStream) => void) => void)(entry);
      for await (const piece of stream) {
        const bytes = piece as Uint8Array;
        sum = crc32(bytes, sum);
        yield bytes;
      }
    } catch (error) {
      throw fail(messageOf(error), error);
    }
    if (sum !== entry.crc32) throw fail(`${name} does not have its checksum`);
  } finally {
    zip.close();
  }
}

function find(zip: ZipFile, name: string): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => { resolve(null); });
    zip.on('entry', (entry: Entry) => {
      if (entry.fileName === name) resolve(entry);
      else zip.readEntry();
    });
    zip.readEntry();
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
