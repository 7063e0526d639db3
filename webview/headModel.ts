import { cleanName, shortened } from "../src/common/cleanWords";
import type { HeadMatrix } from "../src/common/engineProtocol";
import { type Explanation, type Token, windowTokens } from "../src/common/explanation";
import { formatPercent } from "../src/common/format";
import type { PanelView } from "../src/common/panelProtocol";
import type { PanelStrings } from "../src/common/panelStrings";
import { type MatrixFigures, shapeHead } from "./attentionMath";
import { visibleText } from "./dom";
import type { Cell } from "./gridFocus";
import { type AxisLabel, formatWeight, type PictureModel, valueAt } from "./picture";
import { fill } from "./store";

/** The tokens of one window of an explanation, in model order. */
export function tokensOf(explanation: Explanation, window: number): Token[] {
  return windowTokens(explanation, Math.min(window, explanation.windows.length - 1)).flatMap(
    (index) => explanation.tokens[index] ?? [],
  );
}

function axisLabels(positions: readonly number[], tokens: readonly Token[]): AxisLabel[] {
  return positions.map((position) => {
    const token = tokens[position];
    const text = token ? visibleText(token.text) || cleanName(token.piece) : String(position + 1);
    return { text, special: token?.special ?? false };
  });
}

/** What a picture of one matrix is drawn from, as the view wants it shown. */
export function pictureModel(
  matrix: HeadMatrix,
  tokens: readonly Token[],
  view: PanelView,
  strings: PanelStrings,
): PictureModel {
  const special = tokens.map((token) => token.special);
  const shaped = shapeHead(matrix, special, special, view);
  const rowLabels = axisLabels(shaped.rows, tokens);
  const columnLabels = axisLabels(shaped.columns, tokens);
  const cellText = (cell: Cell): string =>
    fill(
      strings.cell,
      rowLabels[cell.row]?.text ?? "",
      columnLabels[cell.column]?.text ?? "",
      formatWeight(valueAt({ shaped }, cell)),
    );
  const label = view.picture === "lines" ? strings.linesLabel : strings.mapLabel;
  return { shaped, rowLabels, columnLabels, label, cellText };
}

/** The name of the head, or of the heads taken together. */
export function matrixTitle({ aggregate, aggregateLayer, layer, head }: PanelView, strings: PanelStrings): string {
  switch (aggregate) {
    case "heads":
      return fill(strings.layerAndHead, layer + 1, head + 1);
    case "mean":
      return aggregateLayer === null ? strings.meanOfAll : fill(strings.meanOfLayer, aggregateLayer + 1);
    case "maximum":
      return aggregateLayer === null ? strings.maximumOfAll : fill(strings.maximumOfLayer, aggregateLayer + 1);
    case "rollout":
      return strings.rolloutTitle;
  }
}

/** Entropy, mean distance and mass on special tokens in words. */
export function figuresText(template: string, { entropy, meanDistance, specialMass }: MatrixFigures): string {
  const percent = formatPercent(specialMass).replaceAll(" ", "\u00a0");
  return fill(template, entropy.toFixed(1), meanDistance.toFixed(1), percent);
}

/** The beginning of a text on one line. */
export function excerpt(text: string): string {
  return shortened(visibleText(text), 28);
}
