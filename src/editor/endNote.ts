import type { Explanation } from "../common/explanation";
import { formatPercent } from "../common/format";
import { cleanText, shortened } from "../common/words";
import type { Translate } from "./translate";

/** Most code points of a label where there is little room. */
const longestLabel = 60;

/** The prediction in a few words: `positive 98.7 %`. */
export function predictionWords(explanation: Pick<Explanation, "prediction">): string {
  const best = explanation.prediction[0];
  return best ? `${shortened(cleanText(best.label), longestLabel)} ${formatPercent(best.probability)}` : "";
}

/** Whether a method that draws samples ended before it was accurate enough. */
export function unsettled(explanation: Pick<Explanation, "attributions">): boolean {
  return explanation.attributions.some(({ converged, partial }) => converged === false && !partial);
}

/** The dim words after an explained text: its prediction, and what a person should know before believing the colours. */
export function endNote(explanation: Explanation, stale: boolean, running: boolean, translate: Translate): string {
  const words = [predictionWords(explanation)];
  if (explanation.masked.length > 0) {
    words.push(
      explanation.masked.length === 1
        ? translate("1 token masked")
        : translate("{0} tokens masked", explanation.masked.length),
    );
  }
  if (stale) {
    words.push(translate("edited – run again"));
  } else if (running) {
    words.push(translate("working…"));
  } else if (unsettled(explanation)) {
    words.push(translate("⚠ not converged"));
  }
  return words.join(" · ");
}
