import { isUnfinished, saysNothing } from "./colourScale";
import type { Attribution, Explanation } from "./explanation";
import { formatNumber } from "./format";
import { kendallTau } from "./kendall";
import { measureIds, measureInfo } from "./measure";
import { type Message, message } from "./message";
import { methodInfo } from "./method";

/** A local model that catches less than this share of the variance (its R²) leaves much of what the model does unsaid. */
const leastFit = 2 / 3;

/** The scores of a method whose τ-b with the other methods is under this on average stand alone; on 40 sentences of SST-2 that was half of gradient × input's, and at most a tenth of any other method's. */
const leastAgreement = 0.2;

/** The sentences of doubt about one method's scores, before translation. */
export const doubtTemplates = {
  noFit: "{0} catches nothing of what the model does with this text (R² {1}): nothing has its colour.",
  poorFit: "{0} catches only a part of what the model does with this text (R² {1}): take its scores as a hint at most.",
  unsettled: "{0} ended before its scores had settled: they may still change.",
  textOnly:
    "{0} explains the text rather than the model: with all layers random its scores are in nearly the same order (τ-b {1}).",
  anyLabel:
    "{0} hardly depends on what is explained: for another label its scores are in nearly the same order (τ-b {1}).",
  alone:
    "The methods disagree about this text: {0} puts the words in another order than the others do (τ-b {1} on average). Compare them before you believe one.",
};

/** What is said of a text in windows where what is explained is read in one of them. */
export const oneWindowTemplate =
  "The text has {0} tokens, the model reads {1} at once: it was read in {2} overlapping windows. What is explained is read in one of them; words outside it have no part in it, and their scores are 0.";

/** What is said of a text in windows whose answer is their mean. */
export const windowsTemplate =
  "The text has {0} tokens, the model reads {1} at once: it was read in {2} overlapping windows. The prediction is their mean, and scores say what changes in it.";

const isOfWindows = ({ template }: Message): boolean => template === windowsTemplate || template === oneWindowTemplate;

/** What a person should know of how a text was read, without a doubt about the scores. */
export function readingRemarks({ warnings }: Pick<Explanation, "warnings">): Message[] {
  return warnings.filter(isOfWindows);
}

/** R² for people. Below 0 the local model is worse than a constant; how much worse says nothing more. */
export function formatFit(r2: number): string {
  return r2 < 0 ? "< 0" : r2.toFixed(2);
}

/** Whether a finished method's local model catches too little for its scores to be believed. */
export function fitsPoorly({ quality, partial }: Attribution): boolean {
  return !partial && quality.r2 !== undefined && !(quality.r2 >= leastFit);
}

/** Whether a method that draws samples ended before it was accurate enough. */
export function isUnsettled({ converged, partial }: Attribution): boolean {
  return converged === false && !partial;
}

/** Whether more evaluations would make scores more exact. */
export function canBeMoreExact(attribution: Attribution): boolean {
  return !attribution.partial && (attribution.converged === false || isUnfinished(attribution));
}

const agreements = new WeakMap<
  Attribution,
  { readonly of: Explanation["attributions"]; readonly mean: number | null }
>();

/** τ-b of a finished method with the others that say for and against, on average; `null` where there are none to compare with. */
function meanAgreement({ attributions }: Pick<Explanation, "attributions">, shown: Attribution): number | null {
  const known = agreements.get(shown);
  if (known?.of === attributions) {
    return known.mean;
  }
  const isComparable = ({ method, partial, scores }: Attribution) => {
    const info = methodInfo(method);
    return info.scores === "signed" && !info.isBlind && !partial && scores.length === shown.scores.length;
  };
  const taus = isComparable(shown)
    ? attributions
        .filter((one) => one !== shown && isComparable(one))
        .flatMap((one) => {
          // Special and masked tokens have no score by either.
          const places = shown.scores.flatMap((score, at) => (score === 0 && one.scores[at] === 0 ? [] : [at]));
          const scores = (list: readonly number[]) => places.map((at) => list[at] ?? 0);
          return kendallTau(scores(one.scores), scores(shown.scores))?.tau ?? [];
        })
    : [];
  const mean = taus.length === 0 ? null : taus.reduce((sum, tau) => sum + tau, 0) / taus.length;
  agreements.set(shown, { of: attributions, mean });
  return mean;
}

/** The sanity checks that a method did not pass, as far as they were made. */
function failedChecks(
  measured: Explanation["measures"],
  shown: Attribution | undefined,
): { readonly sentence: keyof typeof doubtTemplates; readonly value: number }[] {
  const values = measured.find(({ method }) => method === shown?.method)?.values ?? {};
  return measureIds.flatMap((id) => {
    const { doubted } = measureInfo(id);
    const value = values[id]?.value;
    return doubted && value !== undefined && value > doubted.over ? [{ sentence: doubted.sentence, value }] : [];
  });
}

/** What a person should know before believing the colours, weightiest first: doubts about the method that is shown, then the engine's warnings, save {@link readingRemarks}. */
export function doubtsOf(
  { warnings, attributions, measures: measured }: Pick<Explanation, "warnings" | "attributions" | "measures">,
  shown: Attribution | undefined,
  templates: typeof doubtTemplates = doubtTemplates,
): Message[] {
  const { noFit, poorFit, unsettled, alone } = templates;
  const name = shown ? methodInfo(shown.method).label : "";
  const fit = shown && (saysNothing(shown) ? noFit : fitsPoorly(shown) ? poorFit : null);
  const agreement = shown ? meanAgreement({ attributions }, shown) : null;
  return [
    ...(shown && fit ? [message(fit, name, formatFit(shown.quality.r2 ?? 0))] : []),
    ...(shown && isUnsettled(shown) ? [message(unsettled, name)] : []),
    ...failedChecks(measured, shown).map(({ sentence, value }) =>
      message(templates[sentence], name, formatNumber(value)),
    ),
    ...(agreement !== null && agreement < leastAgreement ? [message(alone, name, formatNumber(agreement))] : []),
    ...warnings.filter((warning) => !isOfWindows(warning)),
  ];
}
