import { Command } from 'commander';
import { z } from 'zod';
import { explanation, resolvedReceipt } from '../../lib/api/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { formatMinute } from '../../lib/events/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

/** `downline explain <receipt>`: exit code 1 when the answer cannot be reproduced. */
export function explain(): Command {
  return new Command('explain')
    .description('what made a prediction, and whether computing it again from its vector gives the same')
    .argument('<receipt>', 'the receipt of a prediction')
    .action(async (receipt: string, _given: unknown, command: Command) => {
      const { json, address } = optionsOf(command);
      const path = `/v1/receipts/${encodeURIComponent(receipt)}`;
      const resolved = await ask(address, path);
      const explained = await ask(address, `${path}/explain`, { method: 'POST' });
      const { prediction, provenance } = checked(resolvedReceipt, resolved);
      const { same, close, differences, runtime } = checked(explanation, explained);
      if (!close) process.exitCode = 1;
      if (json) {
        console.log(JSON.stringify({ ...(resolved as object), explanation: explained }, null, 2));
        return;
      }
      console.log([
        `${prediction.rotation} on ${prediction.day}, as of ${formatMinute(prediction.asOf)}, for ${prediction.role} by ${prediction.source}`,
        `revision ${provenance.revision}, code ${provenance.image} (commit ${provenance.commit})`,
        `bundle ${provenance.bundle}, dataset ${provenance.dataset ?? 'none: the rule'}`,
        `vector ${provenance.vectorSequence} of ROTATIONS, a function of OPS up to ${provenance.sequence}`,
        ...(prediction.degraded === null ? [] : [`the rule answered in place of the model: ${prediction.degraded}`]),
        ...prediction.assumed.map((one) => `assumed: ${one.flight} leaves ${one.departureDelay} minutes late`),
        `recomputed on ${runtime.platform}, Node ${runtime.node}, ONNX Runtime ${runtime.onnxruntime}: ${same ? 'the same, to the bit' : close ? 'the same within the tolerance' : 'NOT the same'}`,
        ...differences.slice(0, 20).map((one) => `  ${one.flight} ${one.field}: told ${one.told ?? 'nothing'}, recomputed ${one.recomputed ?? 'nothing'}`),
        ...(differences.length > 20 ? [`  and ${differences.length - 20} more`] : []),
      ].join('\n'));
    });
}

function checked<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new DownlineError('UNAVAILABLE', `the answer is not what the interface promises: ${z.prettifyError(parsed.error).slice(0, 300)}`);
  return parsed.data;
}
