import { cleanName } from "../../../src/common/cleanWords";
import { withinError } from "../../../src/common/colourScale";
import type { Attribution, Explanation } from "../../../src/common/explanation";
import { formatPercent } from "../../../src/common/format";
import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { measuredUnit, ranks, type ScoredUnit, shares, shownError, shownScore } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";

/** What there is to say of one unit of the text: which tokens it is, and its score, rank and share. */
export function unitDetails(
  explanation: Explanation,
  attribution: Attribution | undefined,
  units: readonly ScoredUnit[],
  index: number,
  strings: PanelStrings,
): string[] {
  const unit = units[index];
  const first = explanation.tokens[unit?.tokens[0] ?? -1];
  const last = unit?.tokens.at(-1);
  if (!unit || !first) {
    return [];
  }
  const parts =
    last === first.index
      ? [
          fill(strings.detailPiece, cleanName(first.piece)),
          fill(strings.detailId, first.id),
          fill(strings.detailToken, first.index),
        ]
      : [fill(strings.detailTokens, first.index, last ?? first.index)];
  if (attribution) {
    const scores = units.map(({ score }) => score);
    const info = methodInfo(attribution.method);
    const error = shownError(unit.standardError);
    const value = shownScore(info.scores, unit.score) + (error && ` ${error}`);
    parts.push(fill(strings.detailScore, info.label, value));
    if (withinError(measuredUnit(unit))) {
      parts.push(strings.withinError);
    } else {
      parts.push(fill(strings.detailRank, ranks(scores)[index] ?? 0, units.length));
      parts.push(fill(strings.detailShare, formatPercent(shares(scores)[index] ?? 0)));
    }
  }
  return parts;
}
