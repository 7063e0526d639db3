import { cleanName } from "../../src/common/cleanWords";
import { type Attribution, type Explanation, specialTotal } from "../../src/common/explanation";
import { formatDuration } from "../../src/common/format";
import { methodInfo } from "../../src/common/method";
import type { PanelStrings } from "../../src/common/panelStrings";
import { fill } from "../../src/common/words";
import { fitWords, stateWords } from "../qualityWords";

/** Model, file, method and how it went, as the parts of one line. */
export function metaLine(
  { model, seed, milliseconds }: Explanation,
  attribution: Attribution | undefined,
  strings: PanelStrings,
): string[] {
  const parts = [model.id, model.file].map(cleanName);
  if (attribution) {
    const { method, evaluations } = attribution;
    parts.push(methodInfo(method).label);
    parts.push(evaluations === 1 ? strings.oneEvaluation : fill(strings.evaluations, evaluations));
    parts.push(...stateWords(attribution, strings));
    if (attribution.specials.length > 0) {
      parts.push(fill(strings.special, specialTotal(attribution).toFixed(3).replace("-", "−")));
    }
    parts.push(...fitWords(attribution, strings));
  }
  parts.push(fill(strings.seed, seed), formatDuration(milliseconds));
  return parts;
}
