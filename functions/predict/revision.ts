import { z } from 'zod';
import { DownlineError } from '../../lib/errors/mod.ts';

/** Which revision this process is: given by the platform, never by a user. */
export const revision = z.object({
  name: z.string().min(1).max(60),
  environment: z.enum(['production', 'staging']),
  bundle: z.string().regex(/^(rule|sha256:[0-9a-f]{64})$/, 'wants rule or sha256:<64 hex>'),
});

export type Revision = z.output<typeof revision>;

/** The revision of `DOWNLINE_REVISION`. Throws `SETTING_INVALID`. */
export function revisionFrom(text: string | undefined): Revision {
  let json: unknown;
  try {
    json = JSON.parse(text ?? '');
  } catch (error) {
    throw new DownlineError('SETTING_INVALID', `DOWNLINE_REVISION is ${text === undefined ? 'absent' : 'no JSON'}; it wants {"name","environment","bundle"}`, { cause: error });
  }
  const parsed = revision.safeParse(json);
  if (!parsed.success) throw new DownlineError('SETTING_INVALID', `DOWNLINE_REVISION: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
