import { DownlineError, isDownlineError, toDownlineError } from '../errors/mod.ts';
import { decodeEvent, fromBinary, type AnyEnvelope } from '../events/mod.ts';
import { withExtras } from './problem.ts';

/** Most events of one request. */
export const MAX_EVENTS = 5000;

/**
 * The events in a request, in CloudEvents' binary, structured or batch mode.
 * Throws `UNSUPPORTED_MEDIA`, `BAD_REQUEST` (not JSON) or, with the index of the
 * first event at fault, `EVENT_INVALID` and `EVENT_UNKNOWN`.
 */
export function eventsOf(contentType: string | null, header: (name: string) => string | null, body: string): AnyEnvelope[] {
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (media === 'application/cloudevents-batch+json') {
    const list = json(body);
    if (!Array.isArray(list)) throw new DownlineError('BAD_REQUEST', 'a batch is a JSON array of CloudEvents');
    if (list.length > MAX_EVENTS) throw new DownlineError('TOO_LARGE', `a batch has at most ${MAX_EVENTS} events, this has ${list.length}`);
    return list.map((one: unknown, index) => decodeAt(index, () => decodeEvent(one)));
  }
  if (media === 'application/cloudevents+json') return [decodeAt(0, () => decodeEvent(json(body)))];
  if (header('ce-specversion') !== null || header('ce-type') !== null) {
    if (media !== 'application/json' && !media.endsWith('+json')) throw new DownlineError('UNSUPPORTED_MEDIA', `the data of an event is application/json, not ${JSON.stringify(media.slice(0, 60))}`);
    return [decodeAt(0, () => fromBinary(header, body))];
  }
  throw new DownlineError('UNSUPPORTED_MEDIA', `${JSON.stringify(media.slice(0, 60))} is not a CloudEvent: send ce- headers, application/cloudevents+json or application/cloudevents-batch+json`);
}

function decodeAt(index: number, decode: () => AnyEnvelope): AnyEnvelope {
  try {
    return decode();
  } catch (error) {
    throw isDownlineError(error, 'BAD_REQUEST') ? error : withExtras(toDownlineError(error), { index });
  }
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new DownlineError('BAD_REQUEST', `the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}`, { cause: error });
  }
}
