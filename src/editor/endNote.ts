import { isUnfinished } from "../common/colourScale";
import { doubtsOf, fitsPoorly, isUnsettled } from "../common/doubts";
import type { Attribution, Explanation } from "../common/explanation";
import { importanceOf } from "../common/importance";
import { type ColouringChoice, methodInfo } from "../common/method";
import { maskedWords, predictionWords } from "../common/words";
import type { Translate } from "./translate";

/** Most code points of a label where there is little room. */
export const longestLabel = 60;

/** What a note is made from. */
export interface NoteSource {
  readonly explanation: Explanation;
  readonly stale: boolean;
  /** The method that is to colour the text; `null` where importance is not shown. */
  readonly importance: ColouringChoice | null;
  /** Other notes stand beside it: it leaves out the method and says no more than that there is a doubt. */
  readonly brief: boolean;
}

/** The name of a method, and that its scores are estimates where they are. */
export function methodWords(attribution: Attribution, translate: Translate): string {
  const name = translate(methodInfo(attribution.method).label);
  return isUnfinished(attribution) ? translate("{0}, estimated", name) : name;
}

/** The dim words beside an explained text: its prediction, whose scores colour it, and a mark for what a person should know before believing the colours. */
export function endNote({ explanation, stale, importance, brief }: NoteSource, translate: Translate): string {
  const shown = importanceOf(explanation, importance);
  const method = shown && !brief ? [methodWords(shown, translate)] : [];
  const words = [
    predictionWords(explanation.prediction, longestLabel),
    ...method,
    ...maskedWords(explanation, translate),
  ];
  if (stale) {
    words.push(translate("edited – run again"));
  } else if (brief) {
    words.push(...(doubtsOf(explanation, shown).length > 0 ? ["⚠"] : []));
  } else {
    words.push(...partsWords(explanation, translate), ...doubtMark(explanation, shown, translate));
  }
  return words.join(" · ");
}

/** In how many parts the model has read the text; nothing where it was one. */
function partsWords({ windows }: Explanation, translate: Translate): string[] {
  const isLong = windows.filter(({ segment }) => segment === undefined).length > 1;
  return isLong ? [translate("read in {0} parts", windows.length)] : [];
}

/** The mark of what the hover says in a sentence; none where there is no doubt. */
function doubtMark(explanation: Explanation, shown: Attribution | undefined, translate: Translate): string[] {
  if (shown && fitsPoorly(shown)) {
    return [translate("⚠ poor fit")];
  }
  if (shown && isUnsettled(shown)) {
    return [translate("⚠ not converged")];
  }
  return doubtsOf(explanation, shown).length > 0 ? [translate("⚠ see hover")] : [];
}
