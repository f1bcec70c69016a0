import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DownlineError } from '../errors/mod.ts';

/** Rows for a graph: `data` has `rows * width` values, row by row. */
export type Input =
  | { readonly data: Float32Array; readonly width: number }
  | { readonly data: BigInt64Array; readonly width: number };

/** Answers of a graph, by output name, row by row. */
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
 * A row's answer has the same bits alone and in any company: measured for 1 to
 * 127 rows of 64 -> 512 -> 512 -> 99 on this runtime (MatMul and Gemm), and
 * held by `chain.test.ts`. Should a runtime sum in another order, `explain`
 * tells it and declares a tolerance.
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
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensorOf(input, rows)]));
      const answer = await session.run(feeds, Object.keys(outputs)).catch((error: unknown) => {
        throw new DownlineError('MODEL_FAILED', `the graph did not run: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      return Object.fromEntries(Object.entries(outputs).map(([name, width]) => {
        const data = answer[name]?.data;
        if (!(data instanceof Float32Array) || data.length !== rows * width) {
          throw new DownlineError('MODEL_FAILED', `the graph's ${name} wants ${rows} rows of ${width} float32`, { ids: { rows } });
        }
        return [name, data];
      }));
    },
    close: () => session.release(),
  };
}

function tensorOf({ data, width }: Input, rows: number): Tensor {
  if (data.length !== rows * width) throw new DownlineError('MODEL_FAILED', `an input wants ${rows} rows of ${width}, got ${data.length} values`);
  return data instanceof BigInt64Array ? new Tensor('int64', data, [rows, width]) : new Tensor('float32', data, [rows, width]);
}
