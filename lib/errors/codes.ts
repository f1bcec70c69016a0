/**
 * Every error code of Downline. Codes are stable: outsiders match on them.
 * `status` is the HTTP status of the problem+json answer, `retry` says what a
 * queue or a client should do: `never` (the input is at fault), `later` (the
 * world is at fault, wait), `now` (lost a race, try again at once).
 * `docs/errors.md` is generated from this table (`npm run docs`).
 */
export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, retry: 'never', summary: 'The request does not fit the schema of the endpoint.', remedy: 'See `GET /openapi.json`; `errors` in the answer names each field.' },
  NOT_FOUND: { status: 404, retry: 'never', summary: 'There is no such thing under this id.', remedy: 'Check the id.' },
  METHOD_NOT_ALLOWED: { status: 405, retry: 'never', summary: 'The path exists, but not with this method.', remedy: 'See `GET /openapi.json`.' },
  CONFLICT: { status: 409, retry: 'now', summary: 'Somebody else changed the record in between.', remedy: 'Read it again and repeat.' },
  TOO_LARGE: { status: 413, retry: 'never', summary: 'The body is larger than the endpoint takes.', remedy: 'Send less; the limit is in the answer.' },
  UNSUPPORTED_MEDIA: { status: 415, retry: 'never', summary: 'The content type is not one that is understood.', remedy: 'Send `application/json` or a CloudEvent.' },
  BUSY: { status: 429, retry: 'later', summary: 'Too much is under way.', remedy: 'Wait for `retry-after` seconds.' },
  INTERNAL: { status: 500, retry: 'later', summary: 'A defect of Downline.', remedy: 'Report it with the trace id.' },
  UNAVAILABLE: { status: 503, retry: 'later', summary: 'Something that this needs is away or still starting.', remedy: 'Try again; `npx downline doctor` names what is missing.' },
  EVENT_INVALID: { status: 422, retry: 'never', summary: 'An event does not fit its contract; it goes to the dead-letter stream.', remedy: 'Mend the producer; see the reason in the dead letter.' },
  EVENT_UNKNOWN: { status: 422, retry: 'never', summary: 'An event of a type that nobody knows.', remedy: 'See `docs/events.md` for the types.' },
  WRITER_FENCED: { status: 409, retry: 'later', summary: 'Another instance has taken over as the single ordered writer.', remedy: 'None; this instance reloads its state.' },
  SETTING_INVALID: { status: 500, retry: 'never', summary: 'A setting is wrong.', remedy: 'The message names the variable, what it got and what it wants.' },
  PREREQUISITE_MISSING: { status: 500, retry: 'never', summary: 'The machine lacks something that cannot be installed without its owner.', remedy: 'The message says what to install.' },
  SERVICE_DOWN: { status: 503, retry: 'later', summary: 'A backing service (NATS, S3, MLflow, Ray) does not answer.', remedy: 'It is started again by itself when embedded; otherwise check its address.' },
  DATASET_INVALID: { status: 422, retry: 'never', summary: 'A dataset or its manifest is not what its hash says, or lacks something.', remedy: '`npx downline data verify` names the file.' },
  BUNDLE_INVALID: { status: 422, retry: 'never', summary: 'A model bundle is damaged or speaks of other features than this code.', remedy: 'Package it again from its run.' },
  MODEL_FAILED: { status: 503, retry: 'later', summary: 'A model could not answer; the rule answered in its place.', remedy: 'See `degraded` in the prediction.' },
  TRAINING_FAILED: { status: 500, retry: 'never', summary: 'The training job ended without a model.', remedy: '`npx downline why <run>` shows the end of its log.' },
  RUN_ACTIVE: { status: 409, retry: 'later', summary: 'A run is under way; a second one would compete with it.', remedy: 'Wait for it: `npx downline runs`.' },
  ROLLOUT_REFUSED: { status: 409, retry: 'never', summary: 'The rollout cannot do this from its present state.', remedy: '`npx downline rollout` shows the state.' },
  REVISION_FAILED: { status: 503, retry: 'never', summary: 'A revision did not become ready.', remedy: 'The message ends with the last lines of its log.' },
  USAGE: { status: 400, retry: 'never', summary: 'The command line is wrong.', remedy: 'See `--help`.' },
} as const satisfies Record<string, { status: number; retry: Retry; summary: string; remedy: string }>;

/** What a queue or a client should do after an error. */
export type Retry = 'never' | 'later' | 'now';

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES;
