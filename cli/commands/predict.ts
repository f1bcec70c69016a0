import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { DownlineError } from '../../lib/errors/mod.ts';
import { flightId, formatMinute, predictionMade, type LegPrediction, type PredictionMade } from '../../lib/events/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

interface Assumed { readonly flight: string; readonly departureDelay: number }

/** `downline predict <what>`. */
export function predict(): Command {
  return new Command('predict')
    .description("the delays to expect of every leg of an aircraft's day")
    .argument('<what>', 'a tail (N14228), a flight (2013-06-10.UA.1545.EWR.ORD.0515), or a rotation (flight-<flight>)')
    .option('--assume <flight=minutes>', 'what if this flight left with this delay; may be repeated', assumption, [])
    .action(async (what: string, given: { assume: Assumed[] }, command: Command) => {
      const { json, address } = optionsOf(command);
      const body = { ...questionOf(what), ...(given.assume.length > 0 && { assume: given.assume }) };
      const answer = await ask(address, '/v1/predictions', { body });
      const checked = predictionMade.safeParse(answer);
      if (!checked.success) throw new DownlineError('UNAVAILABLE', `the answer is no prediction: ${z.prettifyError(checked.error).slice(0, 300)}`);
      console.log(json ? JSON.stringify(answer, null, 2) : toldText(checked.data));
    });
}

function questionOf(what: string): { flight: string } | { rotation: string } | { tail: string } {
  if (/^\d{4}-\d\d-\d\d\./.test(what)) return { flight: what };
  return what.startsWith('flight-') ? { rotation: what } : { tail: what };
}

function assumption(text: string, before: Assumed[]): Assumed[] {
  const [, flight, minutes] = /^([^=]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (flight === undefined || !flightId.safeParse(flight).success) throw new InvalidArgumentError('wants <flight>=<minutes>, such as 2013-06-10.UA.1545.EWR.ORD.0515=60.');
  return [...before, { flight, departureDelay: Number(minutes) }];
}

function toldText(told: PredictionMade): string {
  const rows = [
    ['flight', 'scheduled', '10%', 'median', '90%', 'late 30+', 'cancelled', 'rule'],
    ...told.legs.map((leg) => [
      leg.flight, formatMinute(leg.scheduledOff), ...departureOf(leg),
      percent(leg.departure.p30), percent(leg.cancellation), minutes(leg.rule.departure),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return [
    `${told.rotation} on ${told.day}, as of ${formatMinute(told.asOf)}: departure delays in minutes${told.degraded === null ? '' : ` (the rule's: ${told.degraded})`}`,
    ...rows.map((row) => row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()),
    `receipt ${told.receipt} by ${told.revision}`,
  ].join('\n');
}

function departureOf({ departed, departure: { quantiles } }: LegPrediction): string[] {
  return departed === null ? [1, 9, 17].map((index) => minutes(quantiles[index]!)) : ['', `left ${minutes(departed)}`, ''];
}

const minutes = (value: number): string => `${value >= 0 ? '+' : ''}${Math.round(value)}`;
const percent = (value: number): string => `${Math.round(value * 100)} %`;
