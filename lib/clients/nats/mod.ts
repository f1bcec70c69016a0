export type { Bus, ConsumerState, DeadLetter, Delivered, DeliveredBatch, DeliveryOptions, Expect, Records, Stored } from './bus.ts';
export { connectBus, ensureStreams, type BusOptions } from './connect.ts';
export { subjectOf } from './message.ts';
export { matches } from './lookup.ts';
