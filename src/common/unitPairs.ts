import { withinError } from "./colourScale";
import type { Attribution, Explanation } from "./explanation";
import { type ScoredUnit, scoredUnits } from "./scoredUnits";

/** Two units of a text and what they do together. */
export interface UnitPair {
  readonly first: ScoredUnit;
  readonly second: ScoredUnit;
  readonly score: number;
  /** `null` where nothing is known of it. */
  readonly standardError: number | null;
}

/** The pairs that a method scores, in reading order; none where it scores none. */
export function unitPairs(explanation: Explanation, attribution: Attribution | undefined): UnitPair[] {
  const units = new Map(scoredUnits(explanation, attribution).map((unit) => [unit.index, unit]));
  return (attribution?.pairs ?? []).flatMap(({ first, second, score, standardError }) => {
    const [one, other] = [units.get(first), units.get(second)];
    return one && other ? [{ first: one, second: other, score, standardError }] : [];
  });
}

/** So many pairs at most of those that can be told from 0, the strongest first. */
export function strongestPairs(
  explanation: Explanation,
  attribution: Attribution | undefined,
  count: number,
): UnitPair[] {
  return unitPairs(explanation, attribution)
    .filter(({ score, standardError }) => !withinError({ score, error: standardError ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, count);
}
