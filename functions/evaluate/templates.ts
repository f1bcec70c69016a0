import { distribution, type Leg, type LegPrediction, type RotationChanged } from '../../lib/events/mod.ts';
import { answerRotations, predictRotations, type Assumption, type Bundle } from '../../lib/model/mod.ts';
import { FEATURES } from '../../lib/rotation/mod.ts';

/**
 * Template tests (Ribeiro et al. 2020, "Beyond accuracy: CheckList"): real
 * messages changed in one way, and what must follow for every one of them.
 * `exact` ones are properties of the code and must always hold; the others are
 * tendencies that a model must have learned.
 */
export interface TemplateResult {
  readonly name: string;
  readonly exact: boolean;
  readonly cases: number;
  readonly passed: number;
  readonly rate: number;
}

/** Messages that the templates are tried on. */
const MESSAGES = 150;
/** Minutes by which a mean may move the wrong way: less than a dispatcher could see. */
const TOLERANCE = 1;
const DELAYS = [0, 15, 30, 60, 120];
const SLACK_FEATURES = ['turn_slack', 'projected_slack'];

type Case = boolean;

/** All templates over a spread of the messages. */
export async function runTemplates(bundle: Bundle, messages: readonly RotationChanged[]): Promise<TemplateResult[]> {
  const linked = spread(messages.filter((message) => openPair(message) !== null), MESSAGES);
  const any = spread(messages, MESSAGES);
  return [
    result('inbound-delay-monotone', false, await inboundMonotone(bundle, linked)),
    result('slack-never-raises', false, await slackNeverRaises(bundle, linked)),
    result('flight-number-invariant', true, await flightNumberInvariant(bundle, any)),
    result('tails-ordered', true, (await predictRotations(bundle, any)).flatMap((legs) => legs.map(isOrdered))),
    result('boundaries-answered', true, await boundariesAnswered(bundle, any)),
    result('known-becomes-actual', true, await knownBecomesActual(bundle, linked)),
  ];
}

/** A later inbound never makes the next departure earlier. */
async function inboundMonotone(bundle: Bundle, messages: readonly RotationChanged[]): Promise<Case[]> {
  const asked = DELAYS.map((departureDelay) => messages.map((message): Assumption[] => [{ flight: openPair(message)!.inbound.flight, departureDelay }]));
  const answers: LegPrediction[][][] = [];
  for (const assumed of asked) answers.push(await predictRotations(bundle, messages, assumed));
  return messages.map((message, index) => {
    const { next } = openPair(message)!;
    const means = answers.map((legs) => meanOf(legs[index]!, next));
    return means.every((mean, at) => at === 0 || mean >= means[at - 1]! - TOLERANCE);
  });
}

/** An hour more between the two legs never makes the next departure later. */
async function slackNeverRaises(bundle: Bundle, messages: readonly RotationChanged[]): Promise<Case[]> {
  const looser = messages.map((message) => withLeg(message, openPair(message)!.next.flight, (leg) => withFeatures(leg, SLACK_FEATURES, (value) => (value === null ? null : value + 60))));
  const [before, after] = [await predictRotations(bundle, messages), await predictRotations(bundle, looser)];
  return messages.map((message, index) => {
    const { next } = openPair(message)!;
    return meanOf(after[index]!, next) <= meanOf(before[index]!, next) + TOLERANCE;
  });
}

/** The number of a flight is a name. */
async function flightNumberInvariant(bundle: Bundle, messages: readonly RotationChanged[]): Promise<Case[]> {
  const renamed = messages.map((message) => ({ ...message, legs: message.legs.map((leg) => ({ ...leg, number: (leg.number * 7 + 1) % 9999 })) }));
  const [before, after] = [await predictRotations(bundle, messages), await predictRotations(bundle, renamed)];
  return before.map((legs, index) => JSON.stringify(legs) === JSON.stringify(after[index]));
}

/** Midnight, no slack at all, a departure that is due now or long overdue: still a distribution. */
async function boundariesAnswered(bundle: Bundle, messages: readonly RotationChanged[]): Promise<Case[]> {
  const edits: ((leg: Leg) => Leg)[] = [
    (leg) => withFeatures(leg, SLACK_FEATURES, () => 0),
    (leg) => withFeatures(leg, ['lead'], () => 0),
    (leg) => withFeatures(withFeatures(leg, ['lead'], () => -900), ['overdue'], () => 900),
    (leg) => withFeatures(withFeatures(leg, ['local_minute_sin'], () => 0), ['local_minute_cos'], () => 1),
    (leg) => ({ ...leg, features: leg.features?.map(() => null) ?? null }),
    (leg) => ({ ...leg, categories: leg.categories?.map(() => 'unseen') ?? null }),
  ];
  const cases: Case[] = [];
  for (const edit of edits) {
    const answers = await answerRotations(bundle, messages.map((message) => ({ ...message, stale: [], legs: message.legs.map(edit) })));
    cases.push(...answers.map((answer) => answer.degraded === null && answer.legs.every(isOrdered)));
  }
  return cases;
}

/** What has happened is told as it happened. */
async function knownBecomesActual(bundle: Bundle, messages: readonly RotationChanged[]): Promise<Case[]> {
  const left = messages.map((message) => withLeg(message, openPair(message)!.inbound.flight, (leg) => ({ ...leg, status: 'departed', off: leg.scheduledOff + 37 })));
  const answers = await predictRotations(bundle, left);
  return messages.map((message, index) => {
    const leg = answers[index]!.find((one) => one.flight === openPair(message)!.inbound.flight);
    return leg?.departed === 37 && leg.departure.quantiles.every((quantile) => quantile === 37);
  });
}

/** The first leg that has not left and the one that it is followed by; null where there are no such two. */
function openPair(message: RotationChanged): { inbound: Leg; next: Leg } | null {
  const flying = message.legs.filter((leg) => leg.status !== 'cancelled');
  const index = flying.findIndex((leg) => leg.status === 'scheduled' && leg.features !== null);
  const [inbound, next] = [flying[index], flying[index + 1]];
  if (index < 0 || inbound === undefined || next === undefined) return null;
  return next.features === null || next.status !== 'scheduled' ? null : { inbound, next };
}

function withLeg(message: RotationChanged, flight: string, edit: (leg: Leg) => Leg): RotationChanged {
  return { ...message, legs: message.legs.map((leg) => (leg.flight === flight ? edit(leg) : leg)) };
}

function withFeatures(leg: Leg, names: readonly string[], edit: (value: number | null) => number | null): Leg {
  if (leg.features === null) return leg;
  const places = new Set(names.map((name) => FEATURES.findIndex((feature) => feature.name === name)));
  return { ...leg, features: leg.features.map((value, index) => (places.has(index) ? edit(value) : value)) };
}

function meanOf(legs: readonly LegPrediction[], { flight }: Leg): number {
  return legs.find((leg) => leg.flight === flight)?.departure.mean ?? NaN;
}

function isOrdered(leg: LegPrediction): boolean {
  return [leg.departure, leg.arrival].every((one) => distribution.safeParse(one).success
    && one.p60 <= one.p30 && one.p30 <= one.p15
    && one.quantiles.every((quantile, index) => Number.isFinite(quantile) && (index === 0 || quantile >= one.quantiles[index - 1]!)));
}

/** At most `count` messages, evenly over all. */
function spread<T>(all: readonly T[], count: number): T[] {
  return all.length <= count ? [...all] : Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]!);
}

/** Without a case a template shows nothing: the rate is then 0 and its gate fails. */
function result(name: string, exact: boolean, cases: readonly Case[]): TemplateResult {
  const passed = cases.filter(Boolean).length;
  return { name, exact, cases: cases.length, passed, rate: cases.length === 0 ? 0 : passed / cases.length };
}
