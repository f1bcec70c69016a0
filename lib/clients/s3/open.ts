import {
  CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, S3ServiceException,
} from '@aws-sdk/client-s3';
import { DownlineError } from '../../errors/mod.ts';
import type { Objects } from './objects.ts';

/** Where a bucket is. `prefix` is put before every key (without a slash at either end). */
export interface S3Address {
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  readonly secret: string;
  readonly prefix?: string;
}

/** The objects of a bucket. Nothing is sent before the first call. */
export function openObjects(address: S3Address): Objects {
  return objectsUnder(clientOf(address), address.bucket, address.prefix ?? '');
}

/** Makes the bucket unless there is one. Throws `SERVICE_DOWN`. */
export async function ensureBucket(address: S3Address): Promise<void> {
  const client = clientOf(address);
  try {
    await client.send(new HeadBucketCommand({ Bucket: address.bucket }));
  } catch {
    await client.send(new CreateBucketCommand({ Bucket: address.bucket })).catch((error: unknown) => {
      if (!(error instanceof Error && /BucketAlready/.test(error.name))) throw s3Error(error, address.bucket);
    });
  } finally {
    client.destroy();
  }
}

/** True when the service keeps an object of ours, the bucket made if need be: a gateway may answer long before. Throws `SERVICE_DOWN`. */
export async function keepsObjects(address: S3Address): Promise<boolean> {
  await ensureBucket(address);
  const probe = openObjects({ ...address, prefix: 'health' });
  await probe.put('ready', 'yes');
  return (await probe.get('ready')).byteLength === 3;
}

function clientOf({ endpoint, key, secret }: S3Address): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: key, secretAccessKey: secret },
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 60_000 },
    // Servers other than Amazon's do not all know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

function objectsUnder(client: S3Client, bucket: string, prefix: string): Objects {
  const full = (key: string): string => {
    // Clients and servers disagree on such keys: some resolve them, out of the prefix.
    if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new DownlineError('BAD_REQUEST', `${JSON.stringify(key.slice(0, 200))} is not a key: no part may be empty, "." or ".."`);
    }
    return prefix === '' ? key : `${prefix}/${key}`;
  };
  const cut = prefix === '' ? 0 : prefix.length + 1;
  return {
    async get(key) {
      const Key = full(key);
      try {
        const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return await answer.Body?.transformToByteArray() ?? new Uint8Array();
      } catch (error) {
        throw s3Error(error, Key);
      }
    },
    async put(key, body, contentType) {
      const Key = full(key);
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: typeof body === 'string' ? new TextEncoder().encode(body) : body, ContentType: contentType }));
      } catch (error) {
        throw s3Error(error, Key);
      }
    },
    async exists(key) {
      const Key = full(key);
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
        return true;
      } catch (error) {
        const known = s3Error(error, Key);
        if (known.code === 'NOT_FOUND') return false;
        throw known;
      }
    },
    async list(below) {
      const found: { key: string; size: number }[] = [];
      const Prefix = prefix === '' ? below : `${prefix}/${below}`;
      let token: string | undefined;
      do {
        try {
          const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken: token }));
          for (const entry of page.Contents ?? []) found.push({ key: (entry.Key ?? '').slice(cut), size: entry.Size ?? 0 });
          token = page.NextContinuationToken;
        } catch (error) {
          const known = s3Error(error, Prefix);
          if (known.code === 'NOT_FOUND') return [];
          throw known;
        }
      } while (token !== undefined);
      return found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    },
    async remove(key) {
      const Key = full(key);
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      } catch (error) {
        const known = s3Error(error, Key);
        if (known.code !== 'NOT_FOUND') throw known;
      }
    },
    under(further) {
      return objectsUnder(client, bucket, full(further.replace(/\/+$/, '')));
    },
  };
}

/** What S3 said, in Downline's words: absent keys are `NOT_FOUND`, everything else is `SERVICE_DOWN`. */
function s3Error(error: unknown, key: string): DownlineError {
  if (error instanceof DownlineError) return error;
  const ids = { key };
  if (error instanceof S3ServiceException && (error.$metadata.httpStatusCode === 404 || error.name === 'NoSuchKey' || error.name === 'NotFound')) {
    return new DownlineError('NOT_FOUND', `there is no object ${key}`, { ids, cause: error });
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DownlineError('SERVICE_DOWN', `S3 did not do it for ${key}: ${reason.slice(0, 300)}`, { ids, cause: error });
}
