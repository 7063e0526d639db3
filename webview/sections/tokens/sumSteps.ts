import { type Attribution, specialTotal } from "../../../src/common/explanation";
import { type ScoredUnit, strongest } from "../../../src/common/scoredUnits";

/** A contribution on the way from the base value to what the scores add up to. */
export interface SumStep {
  /** The place of its unit; `null` for several together. */
  readonly unit: number | null;
  /** How many units it stands for; 0 for special tokens. */
  readonly count: number;
  readonly score: number;
}

/** The way from base value to sum, the largest contributions first; `null` where the method has no sum. */
export interface SumSteps {
  readonly base: number;
  readonly steps: readonly SumStep[];
  readonly total: number;
}

/** What each of the strongest units adds to the base value, then all others together, then special tokens. */
export function sumSteps(attribution: Attribution, units: readonly ScoredUnit[], count: number): SumSteps | null {
  const { baseValue: base } = attribution;
  if (base === null || attribution.fullValue === null) {
    return null;
  }
  const scores = units.map(({ score }) => score);
  const { shown, rest } = strongest(scores, count);
  const special = specialTotal(attribution);
  const sum = (places: readonly number[]) => places.reduce((total, place) => total + (scores[place] ?? 0), 0);
  const steps = [
    ...shown.map((unit) => ({ unit, count: 1, score: scores[unit] ?? 0 })),
    ...(rest.length > 0 ? [{ unit: null, count: rest.length, score: sum(rest) }] : []),
    ...(special === 0 ? [] : [{ unit: null, count: 0, score: special }]),
  ];
  return { base, steps, total: steps.reduce((total, { score }) => total + score, base) };
}
