export type { Bus, DeadLetter, Expect, Records, Stored } from './bus.ts';
