import { createHash } from 'node:crypto';
import { canonicalJson, encodeEvent, type StreamName } from '../lib/events/mod.ts';
import { withServers } from '../cli/connect.ts';
import { readSettings } from '../lib/settings/mod.ts';

/**
 * What a home's streams say, as one hash a stream: every event in order without
 * what differs between two lives of the same days (the place in the stream, the
 * trace, the code that answered).
 */
export function digestsOf(home: string, streams: Readonly<Partial<Record<StreamName, string>>>): Promise<Record<string, string>> {
  return withServers(readSettings({ DOWNLINE_HOME: home }), async ({ bus }) => {
    const digests: Record<string, string> = {};
    for (const [stream, subject] of Object.entries(streams)) {
      const lines: string[] = [];
      for await (const event of bus.read(stream as StreamName, { from: 1, subjects: [subject] })) {
        const { sequence: _sequence, stream: _stream, traceparent: _trace, ...kept } = encodeEvent(event as never);
        const { image: _image, commit: _commit, ...data } = kept.data as Record<string, unknown>;
        lines.push(canonicalJson({ ...kept, data }));
      }
      digests[`${stream} ${subject} ${lines.length > 0 ? 'some' : 'none'}`] = createHash('sha256').update(lines.join('\n')).digest('hex');
    }
    return digests;
  });
}
