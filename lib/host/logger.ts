import { pino, type DestinationStream, type Logger } from 'pino';
import type { Settings } from '../settings/mod.ts';

/** A logger of JSON lines on standard error (standard output belongs to the answer of a command). `name` says whose lines they are. */
export function createLogger(settings: Pick<Settings, 'logLevel'>, name: string, destination: DestinationStream = pino.destination({ fd: 2, sync: true })): Logger {
  return pino({
    level: settings.logLevel,
    name,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['password', 'secret', '*.password', '*.secret', 'headers.authorization'], censor: '…' },
  }, destination);
}
