import { createRequire } from 'node:module';
import { DownlineError } from '../../lib/errors/mod.ts';
import { token, type PredictionMade } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { explainPrediction, loadBundle, rotationOfReceipt, TOLERANCE, type Bundle } from '../../lib/model/mod.ts';
import { asVector } from './vectors.ts';
import type { Vector } from './predictor.ts';
import type { Serving } from './serving.ts';

const onnxruntime = (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;

/** The stored prediction of a receipt. Throws `NOT_FOUND`. */
export async function predictionOf(context: Context, receipt: string): Promise<PredictionMade> {
  const rotation = rotationOfReceipt(receipt);
  const event = rotation === null ? null : await context.bus.last('PREDICTIONS', `prediction.*.*.*.${token(rotation)}.${token(receipt)}`);
  if (event?.kind !== 'prediction.made' || event.data.receipt !== receipt) {
    throw new DownlineError('NOT_FOUND', `no prediction has the receipt ${receipt}`, { ids: { receipt } });
  }
  return event.data;
}

/** The vector that a prediction is about, or null when the stream no longer holds it. */
export async function vectorOf(context: Context, prediction: PredictionMade): Promise<Vector | null> {
  const vector = asVector(await context.bus.at('ROTATIONS', prediction.vectorSequence));
  return vector?.data.rotation === prediction.rotation && vector.data.sequence === prediction.sequence ? vector : null;
}

/**
 * Recomputes a receipt's answer and compares. Explanations take turns: one that
 * needs another revision's bundle loads it and closes it again.
 */
export function createExplainer(context: Context, serving: Serving) {
  let turn: Promise<unknown> = Promise.resolve();
  const explain = async (receipt: string) => {
    const prediction = await predictionOf(context, receipt);
    const vector = await vectorOf(context, prediction);
    if (vector === null) throw new DownlineError('NOT_FOUND', `the vector of ${receipt} is no longer in the stream`, { ids: { receipt } });
    const own = serving.bundle();
    const foreign: Bundle | null = own?.digest === prediction.bundle ? null : await loadBundle(context.objects, prediction.bundle, { home: context.settings.home });
    try {
      return {
        receipt,
        ...await explainPrediction(prediction, vector.data, foreign ?? own!),
        tolerance: TOLERANCE,
        runtime: { image: context.image, node: process.version, onnxruntime, platform: `${process.platform}-${process.arch}` },
      };
    } finally {
      await foreign?.close();
    }
  };
  return (receipt: string): ReturnType<typeof explain> => {
    const next = turn.then(() => explain(receipt));
    turn = next.catch(() => undefined);
    return next;
  };
}
