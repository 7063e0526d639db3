import type { AttentionStudy, PairSummary } from "./attentionStudy";
import { formatPercent } from "./format";
import { formatMessage, type Message, message } from "./message";
import { attentionMethods, type MethodId, methodInfo } from "./method";
import { meanValue } from "./moments";

/** From this mean τ-b on, two orders of words are said to agree, and to agree in part; below, hardly. */
const agrees = 0.5;
const agreesInPart = 0.25;
/** Of orders that have nothing to do with each other, one in twenty has p ≤ .05; no more than twice that is taken for chance. */
const mostByChance = 0.1;

/** The sentences of the verdict, before translation. */
export const verdictTemplates = {
  attentionAgrees:
    "Attention largely is an explanation here: {0} has words in about the order in which they matter to the model (τ-b {1}; 1 is the same order, 0 none).",
  attentionAgreesInPart:
    "Attention is an explanation in part here: the order of words by {0} only partly agrees with how much they matter to the model (τ-b {1}; 1 is the same order, 0 none).",
  attentionHardlyAgrees:
    "Attention is hardly an explanation here: even by {0}, words are in another order than that in which they matter to the model, or in one that chance might give (τ-b {1}; 1 is the same order, 0 none).",
  attentionUntold: "Whether attention is an explanation cannot be told: the texts have too few words to have an order.",
};

/** Whether attention is an explanation here, in sentences that have their figures: the verdict first, which alone is of `templates`. */
export function attentionVerdict(
  study: AttentionStudy,
  templates: typeof verdictTemplates = verdictTemplates,
): Message[] {
  const ways = attentionMethods.flatMap((method) => {
    const pairs = study.pairs.filter(({ first }) => first === method);
    return pairs.length === 0 ? [] : [{ method, pairs, strength: meanValue(pairs.map((pair) => pair.mean)) }];
  });
  const [best] = ways.sort((a, b) => b.strength - a.strength);
  if (!best) {
    return [message(templates.attentionUntold)];
  }
  const isChance = best.pairs.every(({ significant }) => significant <= mostByChance);
  const verdict =
    isChance || best.strength < agreesInPart
      ? templates.attentionHardlyAgrees
      : best.strength < agrees
        ? templates.attentionAgreesInPart
        : templates.attentionAgrees;
  const yardstick = study.pairs.filter(({ first }) => !ways.some(({ method }) => method === first));
  return [
    message(verdict, name(best.method), formatTau(best.strength)),
    ...ways.flatMap(({ pairs }) => pairs).map((pair) => sentence(pair, study.texts)),
    ...yardstick.map((pair) =>
      message(
        "As a yardstick, {0} and {1} agree with each other at {2}.",
        name(pair.first),
        name(pair.second),
        formatTau(pair.mean),
      ),
    ),
    ...study.specials.map(({ method, share }) =>
      message(
        "{0} puts {1} of its weight on special tokens, which are no words of the text.",
        name(method),
        formatPercent(share),
      ),
    ),
    ...changeSentences(study),
  ];
}

function changeSentences({ changes, unchanged, texts }: AttentionStudy): Message[] {
  const missing = unchanged
    ? [
        message(
          "What shuffled attention does to the prediction is not known everywhere (texts: {0} of {1}): {2}",
          texts - (changes?.texts ?? 0),
          texts,
          formatMessage(unchanged),
        ),
      ]
    : [];
  if (!changes) {
    return missing;
  }
  const { shuffles, shuffledLast, shuffledAll, divergence } = changes;
  return [
    message(
      "Shuffling attention among the words moves the prediction by {0} percentage points on the median in the last layer, and by {1} in all layers ({2} shuffles of each text).",
      formatPoints(shuffledLast),
      formatPoints(shuffledAll),
      shuffles,
    ),
    divergence > 0
      ? message(
          "Attention in the last layer that differs by {0} (Jensen–Shannon divergence, on the median: 0 is the same, 0.69 nothing in common) gives the same prediction within 1 percentage point.",
          divergence.toFixed(2),
        )
      : message("No other attention was found in the last layer that gives the same prediction."),
    ...missing,
  ];
}

/** A change of a probability in percentage points. */
export function formatPoints(change: number): string {
  return change > 0 && change < 0.0005 ? "under 0.1" : (change * 100).toFixed(1);
}

function sentence({ first, second, mean: tau, deviation, significant, texts }: PairSummary, all: number): Message {
  return all === 1
    ? message(
        significant > 0
          ? "{0} and {1} agree at τ-b {2}; that is not chance (p ≤ .05)."
          : "{0} and {1} agree at τ-b {2}; chance might give as much (p > .05).",
        name(first),
        name(second),
        formatTau(tau),
      )
    : message(
        "{0} and {1} agree at τ-b {2} ± {3} over {4} texts; in {5} of them it is not chance (p ≤ .05).",
        name(first),
        name(second),
        formatTau(tau),
        deviation.toFixed(2),
        texts,
        formatPercent(significant),
      );
}

/** A rank correlation as people read it, with two decimals and a true minus sign. */
export function formatTau(tau: number): string {
  return tau.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}

function name(method: MethodId): string {
  return methodInfo(method).label;
}
