import { largestMagnitude } from "./colourScale";
import { attributionOf, type Explanation } from "./explanation";
import { kendallTau } from "./kendall";
import type { MethodId } from "./method";
import { outcomesOf } from "./prediction/registry";
import { scoredUnits } from "./scoredUnits";

/** How far one model's answer and explanation are from those of another one on the same text. */
export interface ModelDistance {
  /** Whether both find the same outcome the likeliest. */
  readonly sameAnswer: boolean;
  /** How much more the explained outcome gets: of its probability where it has one, else of what the model gives. `null` where the other model has no such outcome. */
  readonly change: { readonly value: number; readonly isProbability: boolean } | null;
  /** Kendall's τ-b of the scores; `null` where it cannot be told. */
  readonly tau: number | null;
  /** The largest difference between two scores of one word, as a share of the largest score of both; `null` where the words differ. */
  readonly largest: number | null;
}

/** The distance of `other` from `reference`, by the scores of one method. */
export function distanceFrom(reference: Explanation, other: Explanation, method: MethodId): ModelDistance {
  const [own, theirs] = [outcomesOf(reference.prediction), outcomesOf(other.prediction)];
  const explained = (outcomes: typeof own) => outcomes.find(({ label }) => label === reference.target.label);
  const [before, after] = [explained(own), explained(theirs)];
  return {
    sameAnswer: own[0]?.label === theirs[0]?.label,
    change: before && after ? changeOf(before, after) : null,
    ...scoreDistance(reference, other, method),
  };
}

type Value = { readonly logit: number; readonly probability: number | null };

function changeOf(before: Value, after: Value): ModelDistance["change"] {
  return before.probability !== null && after.probability !== null
    ? { value: after.probability - before.probability, isProbability: true }
    : { value: after.logit - before.logit, isProbability: false };
}

function scoreDistance(
  reference: Explanation,
  other: Explanation,
  method: MethodId,
): Pick<ModelDistance, "tau" | "largest"> {
  const [a, b] = [attributionOf(reference, method), attributionOf(other, method)];
  const own = a ? scoredUnits(reference, a) : [];
  const theirs = b ? scoredUnits(other, b) : [];
  const isAlike =
    own.length > 0 && own.length === theirs.length && own.every(({ text }, at) => theirs[at]?.text === text);
  if (!isAlike) {
    return { tau: null, largest: null };
  }
  const [before, after] = [own.map(({ score }) => score), theirs.map(({ score }) => score)];
  const differences = before.map((score, at) => (after[at] ?? 0) - score);
  return {
    tau: kendallTau(before, after)?.tau ?? null,
    largest: largestMagnitude(differences) / largestMagnitude([...before, ...after]),
  };
}
