import { isUnfinished } from "./colourScale";
import type { Attribution, Explanation } from "./explanation";
import { type Message, message } from "./message";
import { methodInfo } from "./method";

/** A local model that catches less than this share of the variance says little about the model (its R²). */
const leastFit = 0.5;

/** The sentences of doubt about one method's scores, before translation. */
export const doubtTemplates = {
  poorFit: "{0} catches little of what the model does with this text (R² {1}): take its scores as a hint at most.",
  unsettled: "{0} ended before its scores had settled: they may still change.",
};

/** What the engine says of a text that the model reads in several parts. */
export const windowsTemplate =
  "The text has {0} tokens, the model reads {1} at once: it was read in {2} overlapping windows. The prediction is their mean, and scores say what changes in it.";

/** What a person should know of how a text was read, without a doubt about the scores. */
export function readingRemarks({ warnings }: Pick<Explanation, "warnings">): Message[] {
  return warnings.filter(({ template }) => template === windowsTemplate);
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

/** What a person should know before believing the colours, weightiest first: doubts about the method that is shown, then the engine's warnings, save {@link readingRemarks}. */
export function doubtsOf(
  { warnings }: Pick<Explanation, "warnings">,
  shown: Attribution | undefined,
  { poorFit, unsettled } = doubtTemplates,
): Message[] {
  const name = shown ? methodInfo(shown.method).label : "";
  return [
    ...(shown && fitsPoorly(shown) ? [message(poorFit, name, formatFit(shown.quality.r2 ?? 0))] : []),
    ...(shown && isUnsettled(shown) ? [message(unsettled, name)] : []),
    ...warnings.filter(({ template }) => template !== windowsTemplate),
  ];
}
