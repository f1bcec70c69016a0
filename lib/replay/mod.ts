export { chance } from './chance.ts';
export { runConductor, type Conductor, type ConductorOptions } from './conductor.ts';
export { currentMinute, currentReplay } from './current.ts';
export { disorder } from './disorder.ts';
export { runsHoldClock } from './hold.ts';
export { itemId, type Item } from './item.ts';
export type { Progress } from './logbook.ts';
export { CONTROLS, getReplay, putRecord, replayControl, replayRecord, REPLAYS, type ReplayControl, type ReplayRecord } from './record.ts';
export {
  ARCHIVED_STREAMS, archivedDays, archivedRow, DAY_CLOSES, dayOf, decodeArchived, lastClosedDay, readArchive, readArchivedDays, type ArchivedRow, type ArchivedStream,
} from './archive.ts';
export { Parity, type Mismatch, type ParityReport } from './parity.ts';
export { rebuild, type Rebuild } from './rebuild.ts';
export { historyBefore } from './history.ts';
export { auditParity } from './audit.ts';
