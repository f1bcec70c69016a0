export { ERROR_CODES, type ErrorCode, type Retry } from './codes.ts';
export { DownlineError, isDownlineError, toDownlineError, toProblem, type ErrorIds } from './downline-error.ts';
