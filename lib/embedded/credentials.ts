import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readState, writeAtomic } from './files.ts';

const credentials = z.object({
  natsProduction: z.string().min(8),
  natsStaging: z.string().min(8),
  s3Key: z.string().min(8),
  s3Secret: z.string().min(8),
});

/** Passwords of the embedded servers: generated, never leave the machine. */
export type Credentials = z.output<typeof credentials>;

/** The passwords of a home, made at its first start; the file is readable by its owner only. */
export function loadCredentials(home: string): Credentials {
  const path = join(home, 'credentials.json');
  const kept = readState(path, credentials);
  if (kept !== null) return kept;
  const secret = (): string => randomBytes(24).toString('hex');
  const made: Credentials = { natsProduction: secret(), natsStaging: secret(), s3Key: secret().slice(0, 20), s3Secret: secret() };
  writeAtomic(path, JSON.stringify(made, null, 2), 0o600);
  return made;
}
