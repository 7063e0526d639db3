import { isUnfinished } from "../src/common/colourScale";
import { fitsPoorly, formatFit } from "../src/common/doubts";
import type { Attribution } from "../src/common/explanation";
import { formatPercent } from "../src/common/format";
import { methodInfo } from "../src/common/method";
import type { PanelStrings } from "../src/common/panelStrings";
import { fill } from "../src/common/words";

/** How far a method has come; nothing where that is no question. */
export function stateWords(attribution: Attribution, strings: PanelStrings): string[] {
  const { method, converged, partial } = attribution;
  if (partial) {
    return [strings.preliminary];
  }
  if (isUnfinished(attribution)) {
    return [strings.estimated];
  }
  if (converged === null) {
    return [];
  }
  return [converged ? (methodInfo(method).estimates ? strings.complete : strings.converged) : strings.stoppedAtLimit];
}

/** How well a method's local model fits; nothing where it has none. */
export function fitWords(attribution: Attribution, strings: PanelStrings): string[] {
  const { r2 } = attribution.quality;
  return r2 === undefined ? [] : [fill(fitsPoorly(attribution) ? strings.fitIsPoor : strings.fit, formatFit(r2))];
}

/** Less than this share of the sum is no gap to speak of. */
const noGap = 0.0005;

/** All there is to say of how good a method's scores are, by its own figures. */
export function qualityWords(attribution: Attribution, strings: PanelStrings): string[] {
  const { completenessGap, conservationGap, spread } = attribution.quality;
  const gap = completenessGap ?? conservationGap;
  return [
    ...fitWords(attribution, strings),
    ...(gap === undefined ? [] : [gap < noGap ? strings.adds : fill(strings.misses, formatPercent(gap))]),
    ...(spread === undefined ? [] : [fill(strings.halves, formatPercent(spread))]),
    ...stateWords(attribution, strings),
  ];
}
