import type { Visit } from './visit.ts';

/** A kind of artificial user. What it does is one visit; when it comes is its arrivals. */
export interface UserKind {
  readonly name: string;
  /** Goals, habits with feedback, errors: shown by `--help` and in the README. */
  readonly description: string;
  /** `steady`: exponential gaps; `bursts`: several visits at once, then a long gap; `clockwork`: equal gaps. */
  readonly arrivals: 'steady' | 'bursts' | 'clockwork';
  /** Visits a minute on average. */
  readonly perMinute: number;
  visit(visit: Visit): Promise<void>;
}

/** The people and the system that use Downline. Every choice is drawn from the visit's own seeded generator. */
export const USER_KINDS: readonly UserKind[] = [
  {
    name: 'duty-manager',
    description: 'Comes in bursts at shift changes, reads all alerts and looks at two or three of the worst; reports what was done (swap, hold) for about one in two; never corrects numbers.',
    arrivals: 'bursts',
    perMinute: 40,
    async visit(visit) {
      const alerts = await visit.alerts();
      for (const alert of visit.sample(alerts, 3)) {
        await visit.rotation(alert.tail ?? visit.tail());
        if (visit.chance(0.5)) await visit.feedback({ alert: alert.id, verdict: 'acted', action: visit.pick(['swap', 'hold', 'call']) });
      }
      if (alerts.length === 0) await visit.rotation(visit.tail());
    },
  },
  {
    name: 'sector-dispatcher',
    description: 'Works through the aircraft of a sector all day, asks for predictions one by one; judges one alert in three: useful where P(late 30) is high, else not useful.',
    arrivals: 'steady',
    perMinute: 120,
    async visit(visit) {
      const answer = await visit.predict({ tail: visit.tail() });
      const later = answer?.legs.at(-1);
      if (later !== undefined && visit.chance(0.33)) {
        await visit.feedback({ receipt: answer!.receipt, flight: later.flight, verdict: later.departure.p30 >= 0.3 ? 'useful' : 'not-useful' });
      }
    },
  },
  {
    name: 'planner',
    description: 'Asks what-if questions before a decision: what if this leg left 20, 60 or 120 minutes late? Corrects the median when it seems wrong by more than half an hour.',
    arrivals: 'steady',
    perMinute: 50,
    async visit(visit) {
      const tail = visit.tail();
      const answer = await visit.predict({ tail });
      const open = answer?.legs.find((leg) => leg.departed === null);
      if (open === undefined) return;
      const assumed = visit.pick([20, 60, 120]);
      const after = await visit.predict({ tail, assume: [{ flight: open.flight, departureDelay: assumed }] });
      const later = after?.legs.at(-1);
      if (later === undefined || !visit.chance(0.25)) return;
      const median = later.departure.quantiles[9] ?? 0;
      await visit.feedback({ receipt: after!.receipt, flight: later.flight, verdict: 'wrong', correction: Math.round(median + visit.pick([-45, 45])) });
    },
  },
  {
    name: 'newcomer',
    description: 'Learns the tools: mistypes tails, sends broken JSON, gives feedback on things that do not exist, opens receipts out of curiosity. Expects to be told what was wrong (4xx), never a 5xx.',
    arrivals: 'steady',
    perMinute: 30,
    async visit(visit) {
      const mistake = visit.pick(['tail', 'json', 'feedback', 'receipt', 'none'] as const);
      if (mistake === 'tail') await visit.send('POST', '/v1/predictions', JSON.stringify({ tail: `N${visit.tail()}X`.slice(0, 12) }));
      if (mistake === 'json') await visit.send('POST', '/v1/predictions', '{"tail": "N1');
      if (mistake === 'feedback') await visit.send('POST', '/v1/feedback', JSON.stringify({ by: 'newcomer', verdict: 'useful', receipt: 'no-such-receipt' }));
      if (mistake === 'receipt') await visit.send('GET', '/v1/receipts/no-such-receipt');
      if (mistake === 'none') await visit.predict({ tail: visit.tail() });
    },
  },
  {
    name: 'night-shift',
    description: 'Few visits, each thorough: looks at one aircraft and at all alerts, asks twice to see whether the answer moves, and comments in words.',
    arrivals: 'steady',
    perMinute: 10,
    async visit(visit) {
      const tail = visit.tail();
      await visit.rotation(tail);
      const first = await visit.predict({ tail });
      await visit.alerts();
      const second = await visit.predict({ tail });
      const leg = second?.legs.at(-1);
      if (first !== null && leg !== undefined && visit.chance(0.5)) {
        await visit.feedback({ receipt: second!.receipt, flight: leg.flight, verdict: visit.pick(['useful', 'not-useful']), comment: 'seen on the night shift' });
      }
    },
  },
  {
    name: 'api-client',
    description: "The airline's own system: asks by the clock, whatever the answer, never gives feedback, and takes a 5xx as an outage.",
    arrivals: 'clockwork',
    perMinute: 180,
    async visit(visit) {
      await visit.predict({ tail: visit.tail() });
    },
  },
];
