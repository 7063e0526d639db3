import { cleanName } from "../../src/common/cleanWords";
import { isUnfinished } from "../../src/common/colourScale";
import { fitsPoorly, formatFit } from "../../src/common/doubts";
import { type Attribution, type Explanation, specialTotal } from "../../src/common/explanation";
import { formatDuration } from "../../src/common/format";
import { methodInfo } from "../../src/common/method";
import type { PanelStrings } from "../../src/common/panelStrings";
import { fill } from "../../src/common/words";

/** Model, file, method and how it went, as the parts of one line. */
export function metaLine(
  { model, seed, milliseconds }: Explanation,
  attribution: Attribution | undefined,
  strings: PanelStrings,
): string[] {
  const parts = [model.id, model.file].map(cleanName);
  if (attribution) {
    const { method, evaluations, converged, quality, partial } = attribution;
    parts.push(methodInfo(method).label);
    parts.push(evaluations === 1 ? strings.oneEvaluation : fill(strings.evaluations, evaluations));
    if (partial) {
      parts.push(strings.preliminary);
    } else if (isUnfinished(attribution)) {
      parts.push(strings.estimated);
    } else if (converged !== null) {
      parts.push(
        converged ? (methodInfo(method).estimates ? strings.complete : strings.converged) : strings.stoppedAtLimit,
      );
    }
    if (attribution.specials.length > 0) {
      parts.push(fill(strings.special, specialTotal(attribution).toFixed(3).replace("-", "−")));
    }
    if (quality.r2 !== undefined) {
      parts.push(fill(fitsPoorly(attribution) ? strings.fitIsPoor : strings.fit, formatFit(quality.r2)));
    }
  }
  parts.push(fill(strings.seed, seed), formatDuration(milliseconds));
  return parts;
}
