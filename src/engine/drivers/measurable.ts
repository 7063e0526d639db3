import type { UnitKind } from "../../common/explanation";
import type { FeatureSet } from "../../methods/features";
import type { PreparedText } from "../preparedText";

/** The units of a text that have words which can be hidden, as features, and where each stands among all units. */
export interface HideableUnits {
  readonly features: FeatureSet;
  readonly places: readonly number[];
}

/** Which units of a text have words that can be hidden: neither special nor masked already. */
export function hideableUnits({ tokens, words, sentences, masked }: PreparedText, units: UnitKind): HideableUnits {
  const hidden = new Set(masked);
  const all =
    units === "token" ? tokens.map(({ index }) => ({ tokens: [index] })) : units === "word" ? words : sentences;
  const usable = all.flatMap((one, place) => {
    const own = one.tokens.filter((token) => tokens[token]?.special === false && !hidden.has(token));
    return own.length === 0 ? [] : [{ place, tokens: own }];
  });
  return {
    features: { kind: units, groups: usable.map((one) => one.tokens) },
    places: usable.map(({ place }) => place),
  };
}

/** The scores of those units, out of the scores of all. */
export function scoresAt({ places }: HideableUnits, scores: readonly number[]): number[] {
  return places.map((place) => scores[place] ?? 0);
}
