export type { FeedReader, FlightRecord, PlaneRecord, WeatherRecord } from './record.ts';
export { dayEvents } from './day.ts';
export { firstTick, spanEvents, TICK, type Span } from './span.ts';
export { renderDeclared } from './render-declared.ts';
export { compareEvents } from './order.ts';
export { HIDDEN_SHARE, HOME_ZONE, SWAP_SHARE } from './declared.ts';
export { dayAfter, dayMinute, dayOf, isZone, offsetAt, utcOf } from './zone.ts';
