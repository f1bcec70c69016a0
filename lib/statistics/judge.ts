import { BEGINNING, bet, logWealth, STAKES, type Wealth } from './betting.ts';

/** How the judge decides; declared before the first day. */
export interface JudgeOptions {
  /**
   * The relative improvement that the canary must exceed. "Better" means that
   * the mean daily difference is below `-margin`: 0 = must beat production,
   * 0.02 = by more than 2 %, -0.01 = may be up to 1 % worse (non-inferiority).
   */
  readonly margin: number;
  /** Chance, at most, of "better" where it is not so, however often one looks. */
  readonly alpha: number;
  /** The same for "worse"; `alpha` when absent. */
  readonly beta?: number;
  /** Daily relative differences are cut to ±clip, so that one day cannot decide alone; the test is about the mean of the cut ones. */
  readonly clip: number;
  /** Days, and disruption days, without which nothing is promoted. "Worse" waits for neither. */
  readonly minimumDays?: number;
  readonly disruptionDays?: number;
}

/** One operating day: mean losses of both on the same flights, in the same unit. */
export interface JudgedDay { readonly day: string; readonly production: number; readonly canary: number; readonly disruption: boolean }

/** All that the judge remembers: JSON. */
export interface JudgeState {
  readonly days: number;
  readonly disruptions: number;
  readonly lastDay: string;
  readonly better: Wealth;
  readonly worse: Wealth;
}

export type Verdict = 'better' | 'worse' | 'inconclusive';

export interface Judge {
  /** Takes a day; one that is not after the last is passed over (deliveries repeat). */
  observe(day: JudgedDay): { readonly difference: number; readonly logBetter: number; readonly logWorse: number };
  decision(): Verdict;
  state(): JudgeState;
}

/**
 * An anytime-valid test on paired daily losses. Each day gives
 * `d = clip((canary - production) / production)`. Two e-processes bet against
 * "E[d] >= -margin" (won: better) and against "E[d] <= max(0, -margin)" (won:
 * worse), each given all days before; a verdict falls when one reaches
 * `log(1/alpha)` (`log(1/beta)`). One may look each day: see `betting.ts`.
 */
export function createJudge(options: JudgeOptions, from?: JudgeState): Judge {
  check(options, from);
  const { margin, clip, minimumDays = 1, disruptionDays = 0 } = options;
  const tolerated = Math.max(0, -margin);
  let state: JudgeState = from ?? { days: 0, disruptions: 0, lastDay: '', better: BEGINNING, worse: BEGINNING };
  return {
    observe(day) {
      const difference = relative(day, clip);
      if (day.day > state.lastDay) {
        state = {
          days: state.days + 1,
          disruptions: state.disruptions + (day.disruption ? 1 : 0),
          lastDay: day.day,
          better: bet(state.better, difference + margin, clip + margin),
          worse: bet(state.worse, tolerated - difference, clip + tolerated),
        };
      }
      return { difference, logBetter: logWealth(state.better), logWorse: logWealth(state.worse) };
    },
    decision() {
      if (logWealth(state.worse) >= Math.log(1 / (options.beta ?? options.alpha))) return 'worse';
      const seen = state.days >= minimumDays && state.disruptions >= disruptionDays;
      return seen && logWealth(state.better) >= Math.log(1 / options.alpha) ? 'better' : 'inconclusive';
    },
    state: () => state,
  };
}

/** The day's relative difference in [-clip, clip]; where production has no loss, any loss of the canary counts in full. */
function relative({ day, production, canary }: JudgedDay, clip: number): number {
  if (!(production >= 0 && canary >= 0) || !Number.isFinite(production + canary)) throw new RangeError(`losses of ${day} are finite and not negative, got ${production} and ${canary}`);
  if (production === canary) return 0;
  return Math.min(Math.max((canary - production) / production, -clip), clip);
}

function check({ margin, alpha, beta = alpha, clip }: JudgeOptions, from: JudgeState | undefined): void {
  if (!(clip > 0 && Math.abs(margin) < clip)) throw new RangeError(`the judge wants |margin| < clip, got margin ${margin} and clip ${clip}`);
  if (!(alpha > 0 && alpha < 1 && beta > 0 && beta < 1)) throw new RangeError(`error rates are in (0, 1), got ${alpha} and ${beta}`);
  if (from !== undefined && (from.better.length !== STAKES.length || from.worse.length !== STAKES.length)) throw new RangeError('the state is of a judge with other stakes');
}
