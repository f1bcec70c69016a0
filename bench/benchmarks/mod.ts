import type { Benchmark } from '../benchmark.ts';
import { batch } from './batch.ts';
import { events } from './events.ts';
import { http } from './http.ts';
import { reducer } from './reducer.ts';
import { start } from './start.ts';

/** Every benchmark, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [http, batch, start, reducer, events];
