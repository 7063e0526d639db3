import type { Attribution, Explanation } from "../common/explanation";
import { trimSpan, unitSpans } from "./paint";
import type { Span } from "./trackedRange";

/** The text ranges of an attribution, strongest score first (by size, then by place); ranges without text or score are left out. */
export function rankedSpans(explanation: Explanation, attribution: Attribution): Span[] {
  return unitSpans(explanation, attribution)
    .flatMap((unit, index) => {
      const span = unit && trimSpan(explanation.text, unit);
      const score = attribution.scores[index] ?? 0;
      return span && score !== 0 ? [{ span, size: Math.abs(score) }] : [];
    })
    .sort((a, b) => b.size - a.size || a.span.start - b.span.start)
    .map(({ span }) => span);
}

/** The next weaker (`step` 1) or stronger (−1) range after the selected one, around the ends; the strongest when none is selected. */
export function stepRank(ranked: readonly Span[], selected: Span, step: 1 | -1): Span | undefined {
  const now = ranked.findIndex(({ start, end }) => start === selected.start && end === selected.end);
  if (now < 0) {
    return ranked[0];
  }
  return ranked[(now + step + ranked.length) % ranked.length];
}
