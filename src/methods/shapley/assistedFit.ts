import { leastShare } from "../maths/parabola";
import type { Pacer } from "../pacer";
import { fitDistanceSurrogates } from "./distanceSurrogate";
import { type EvaluatedPair, type KernelFit, kernelFit } from "./kernelFit";

/** A surrogate tells more than least squares alone from about so many pairs a feature on. */
const fewestPairs = 3;

/**
 * A {@link kernelFit} with surrogates as control variates, as in regression-adjusted Shapley values (Witter, Liu and Musco 2025): the exact Shapley values of surrogates, plus the least squares fit of what they
 * get wrong. A pair stands for itself, for which all surrogates are held against it, and for those of its size that were not drawn, for which it is the surrogate that has not seen it, so that nothing is biased. How much of the surrogates is taken is what has the least estimated variance, none of it included.
 */
export async function assistedFit(pairs: readonly EvaluatedPair[], total: number, pacer: Pacer): Promise<KernelFit> {
  const features = pairs[0]?.kept.length ?? 1;
  const alone = await kernelFit(pairs, total, pacer);
  if (pairs.length < fewestPairs * features || pairs.every(({ undrawn }) => undrawn === 0)) {
    return alone;
  }
  const { scores, guesses, unseen } = await fitDistanceSurrogates(pairs, total, pacer);
  const explained = scores.reduce((sum, score) => sum + score, 0);
  const at = (share: number): Promise<KernelFit> =>
    kernelFit(
      pairs.map((pair, index) => {
        const change = (unseen[index] ?? 0) - (guesses[index] ?? 0);
        const guess = (guesses[index] ?? 0) + pair.undrawn * change;
        const hidden = share * (pair.undrawn - 1) * change;
        return { ...pair, difference: pair.difference - share * guess, hidden };
      }),
      total - share * explained,
      pacer,
    );
  const share = leastShare(variance(alone), variance(await at(0.5)), variance(await at(1)));
  const rest = await at(share);
  return {
    scores: rest.scores.map((score, i) => score + share * (scores[i] ?? 0)),
    standardErrors: rest.standardErrors,
  };
}

function variance({ standardErrors }: KernelFit): number {
  return standardErrors.reduce((sum, error) => sum + error * error, 0);
}
