import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DownlineError } from '../errors/mod.ts';

/** Rows for a graph: `data` has `rows * width` values, row by row. */
export type Input =
  | { readonly data: Float32Array; readonly width: number }
  | { readonly data: BigInt64Array; readonly width: number };

/** Answers of a graph, by output name, padding removed. */
export type Output = Readonly<Record<string, Float32Array>>;

/** One of the three models, ready to run. */
export interface Graph {
  /** Runs `rows` rows at once. Throws `MODEL_FAILED` when the runtime does, or when an answer is missing or of another shape. */
  run(inputs: Readonly<Record<string, Input>>, rows: number): Promise<Output>;
  close(): Promise<void>;
}

/**
 * An ONNX Runtime session on one thread (parallelism comes from instances;
 * several threads on busy cores cost more than they give). `outputs`: width of
 * each answer's row.
 *
 * Runs of one row are padded to two: the runtime multiplies a single row by
 * another routine, which sums in another order, and an answer must not depend
 * on who else asked in the same turn (`chain.test.ts` checks the bits).
 */
export async function openGraph(bytes: Uint8Array, outputs: Readonly<Record<string, number>>): Promise<Graph> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    executionProviders: ['cpu'],
  });
  return {
    async run(inputs, rows) {
      const padded = Math.max(rows, 2);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensorOf(input, rows, padded)]));
      const answer = await session.run(feeds, Object.keys(outputs)).catch((error: unknown) => {
        throw new DownlineError('MODEL_FAILED', `the graph did not run: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      return Object.fromEntries(Object.entries(outputs).map(([name, width]) => {
        const data = answer[name]?.data;
        if (!(data instanceof Float32Array) || data.length !== padded * width) {
          throw new DownlineError('MODEL_FAILED', `the graph's ${name} wants ${padded} rows of ${width} float32`, { ids: { rows } });
        }
        return [name, data.subarray(0, rows * width)];
      }));
    },
    close: () => session.release(),
  };
}

function tensorOf(input: Input, rows: number, padded: number): Tensor {
  const { width } = input;
  if (input.data.length !== rows * width) throw new DownlineError('MODEL_FAILED', `an input wants ${rows} rows of ${width}, got ${input.data.length} values`);
  if (input.data instanceof BigInt64Array) {
    const data = rows === padded ? input.data : new BigInt64Array(padded * width);
    if (data !== input.data) data.set(input.data);
    return new Tensor('int64', data, [padded, width]);
  }
  const data = rows === padded ? input.data : new Float32Array(padded * width);
  if (data !== input.data) data.set(input.data);
  return new Tensor('float32', data, [padded, width]);
}
