import type { FunctionDefinition } from '../../lib/host/mod.ts';
import { DAY_CLOSES } from '../../lib/replay/mod.ts';
import { closeDay } from './close-day.ts';

/** Keeps everything of production as Parquet on S3: closes an operating day at 09:00Z of the next one. */
const archive: FunctionDefinition = {
  name: 'archive',
  async handle(context, events) {
    for (const event of events) {
      if (event.kind === 'track.ticked' && event.data.now % 1440 === DAY_CLOSES) await closeDay(context, event);
    }
  },
};

export default archive;
