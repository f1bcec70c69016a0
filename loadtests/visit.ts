import { z } from 'zod';
import { createRandom, type Random } from '../lib/statistics/mod.ts';
import type { Client } from './client.ts';

/** As much of the answers as the users look at; a field that they do not need may be anything. */
const prediction = z.looseObject({
  receipt: z.string(),
  legs: z.array(z.looseObject({
    flight: z.string(),
    departed: z.number().nullable(),
    departure: z.looseObject({ p30: z.number(), quantiles: z.array(z.number()) }),
  })),
});
const alerts = z.looseObject({ alerts: z.array(z.looseObject({ id: z.string(), tail: z.string().nullable() })) });

type Prediction = z.output<typeof prediction>;
type Alert = z.output<typeof alerts>['alerts'][number];

/** What a user can do during one visit. Nothing throws: what fails is counted. */
export interface Visit {
  predict(body: { tail: string; assume?: { flight: string; departureDelay: number }[] }): Promise<Prediction | null>;
  rotation(tail: string): Promise<void>;
  alerts(): Promise<Alert[]>;
  feedback(body: { alert?: string; receipt?: string; flight?: string; verdict: string; action?: string; correction?: number; comment?: string }): Promise<void>;
  send(method: 'GET' | 'POST', path: string, body?: string): Promise<string | null>;
  /** A tail from those that fly now. */
  tail(): string;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  sample<T>(from: readonly T[], count: number): T[];
}

/** Counts of one kind of user. */
export interface Tally { visits: number; requests: number; failures: number; refusals: number; surprises: number; feedback: number }

/** A visit: `seed` fixes every choice. Answers with 5xx or none are failures, 4xx refusals, and a 2xx that is not what the contract says a surprise. */
export function createVisit(options: { readonly client: Client; readonly by: string; readonly seed: number; readonly tails: readonly string[]; readonly tally: Tally }): Visit {
  const { client, by, tails, tally } = options;
  const random: Random = createRandom(options.seed);
  const index = (length: number): number => Math.min(length - 1, Math.floor(random() * length));

  async function send(method: 'GET' | 'POST', path: string, body?: string): Promise<string | null> {
    tally.requests += 1;
    const answer = await client.call({ method, path, body });
    if (answer.status === 0 || answer.status >= 500) tally.failures += 1;
    else if (answer.status >= 400) tally.refusals += 1;
    return answer.status >= 200 && answer.status < 300 ? answer.body : null;
  }

  function read<S extends z.ZodType>(schema: S, text: string | null): z.output<S> | null {
    if (text === null) return null;
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      tally.surprises += 1;
      return null;
    }
  }

  return {
    send,
    predict: async (body) => read(prediction, await send('POST', '/v1/predictions', JSON.stringify(body))),
    async rotation(tail) {
      await send('GET', `/v1/rotations/${encodeURIComponent(tail)}`);
    },
    alerts: async () => read(alerts, await send('GET', '/v1/alerts'))?.alerts ?? [],
    async feedback(body) {
      if (await send('POST', '/v1/feedback', JSON.stringify({ by, ...body })) !== null) tally.feedback += 1;
    },
    tail: () => tails[index(tails.length)] ?? 'N00000',
    chance: (probability) => random() < probability,
    pick: (choices) => choices[index(choices.length)]!,
    sample(from, count) {
      const rest = [...from];
      return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(index(rest.length), 1)[0]!);
    },
  };
}
