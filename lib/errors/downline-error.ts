import { ERROR_CODES, type ErrorCode, type Retry } from './codes.ts';

/** Ids that say what an error is about: `{ run, flight, receipt, subject, … }`. */
export type ErrorIds = Readonly<Record<string, string | number>>;

/** The one error class: a stable code, the ids that matter, and whether to retry. */
export class DownlineError extends Error {
  readonly code: ErrorCode;
  readonly ids: ErrorIds;

  constructor(code: ErrorCode, message: string, options: { ids?: ErrorIds; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DownlineError';
    this.code = code;
    this.ids = options.ids ?? {};
  }

  get retry(): Retry {
    return ERROR_CODES[this.code].retry;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** True for a `DownlineError`, of one code if given. */
export function isDownlineError(error: unknown, code?: ErrorCode): error is DownlineError {
  return error instanceof DownlineError && (code === undefined || error.code === code);
}

/** Any thrown value as a `DownlineError`; what is not one becomes `INTERNAL` with its cause kept. */
export function toDownlineError(error: unknown): DownlineError {
  if (error instanceof DownlineError) return error;
  return new DownlineError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}

/** RFC 9457 problem details of an error; `INTERNAL` hides its message. */
export function toProblem(error: unknown): { type: string; title: string; status: number; detail: string; code: ErrorCode; ids: ErrorIds; remedy: string } {
  const known = toDownlineError(error);
  const { status, summary, remedy } = ERROR_CODES[known.code];
  return {
    type: `https://downline.invalid/errors/${known.code}`,
    title: summary,
    status,
    detail: known.code === 'INTERNAL' ? 'The log has the details.' : known.message,
    code: known.code,
    ids: known.ids,
    remedy,
  };
}
