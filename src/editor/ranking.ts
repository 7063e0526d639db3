import type { Attribution, Explanation } from "../common/explanation";
import { scoredUnits } from "../common/scoredUnits";
import { type TextSpan, textOf, trimSpan } from "./paint";
import type { Span } from "./trackedRange";

/** The text ranges of an attribution, strongest score first (by size, then by place); ranges without text or score are left out. */
export function rankedSpans(explanation: Explanation, attribution: Attribution): TextSpan[] {
  return scoredUnits(explanation, attribution)
    .flatMap((unit) => {
      const { segment } = unit;
      const span = trimSpan(textOf(explanation, segment), unit);
      return span && unit.score !== 0 ? [{ span: { ...span, segment }, size: Math.abs(unit.score) }] : [];
    })
    .sort((a, b) => b.size - a.size || a.span.segment - b.span.segment || a.span.start - b.span.start)
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
