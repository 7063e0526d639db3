import type { PairScore, Unit, UnitKind } from "../common/explanation";
import type { FeatureSet } from "../methods/features";
import type { Part } from "../methods/method";
import type { PreparedText } from "./preparedText";

/** The pairs of units that a method scored in all pieces of a text, in reading order, as parts of the mean of the pieces; `null` unless it did in each. */
export function pairScores(
  text: Pick<PreparedText, "words" | "sentences">,
  pieces: readonly (Part & { readonly features: FeatureSet })[],
  units: UnitKind,
): PairScore[] | null {
  const sums = new Map<string, PairScore>();
  for (const { share, features, scored } of pieces) {
    if (!scored.pairs) {
      return null;
    }
    const { values, standardErrors } = scored.pairs;
    const places = features.groups.map(([token = -1]) =>
      placeOf(token, units === "token" ? null : text[unitLists[units]]),
    );
    let at = 0;
    for (const [index, first] of places.entries()) {
      for (const second of places.slice(index + 1)) {
        const key = `${first} ${second}`;
        const before = sums.get(key);
        const error = share * (standardErrors[at] ?? Number.NaN);
        sums.set(key, {
          first,
          second,
          score: (before?.score ?? 0) + share * (values[at] ?? Number.NaN),
          standardError: before?.standardError ? Math.hypot(before.standardError, error) : error,
        });
        at++;
      }
    }
  }
  return [...sums.values()]
    .map((pair) => (Number.isFinite(pair.standardError) ? pair : { ...pair, standardError: null }))
    .sort((a, b) => a.first - b.first || a.second - b.second);
}

const unitLists = { word: "words", sentence: "sentences" } as const;

/** Where a token's unit stands among the scores. */
function placeOf(token: number, units: readonly Unit[] | null): number {
  return units ? units.findIndex(({ tokens }) => tokens.includes(token)) : token;
}
