import type { GeneratedAlternative } from "../common/prediction/generated";
import { likeliestTokens, logSumExp } from "./generation/logProbabilities";
import { type Vocabulary, wordOf } from "./vocabulary";

/** How many likely tokens are listed for a place. */
export const alternativesListed = 5;

/** The likeliest tokens of the logits at a place, most likely first; `total` is their log-sum-exp. */
export function likeliestWords(
  logits: Float32Array,
  vocabulary: Pick<Vocabulary, "decode" | "idToPiece">,
  total = logSumExp(logits),
): GeneratedAlternative[] {
  return likeliestTokens(logits, alternativesListed, total).map(({ id, logProbability }) => ({
    id,
    word: wordOf(id, vocabulary),
    logProbability,
  }));
}
