import { shownPiece } from "../../../src/common/byteCharacters";
import { cleanName, shortened } from "../../../src/common/cleanWords";
import { type Explanation, type Token, windowTokens } from "../../../src/common/explanation";
import { formatPercent } from "../../../src/common/format";
import type { HeadMatrix } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { visibleText } from "../../dom";
import { type MatrixFigures, type ShapeOptions, shapeHead } from "../../pictures/attentionMath";
import type { Cell } from "../../pictures/gridFocus";
import { type AxisLabel, formatWeight, type PictureModel, valueAt } from "../../pictures/picture";

/** What stands at an edge of a matrix; `index` is the token's number in the text, `null` of what was written behind those that are explained. */
export interface AxisToken extends Pick<Token, "text" | "piece" | "special"> {
  readonly index: number | null;
}

/** A matrix, or the part of it that is not empty by itself, with what stands at its edges. */
export interface PlacedMatrix {
  readonly matrix: HeadMatrix;
  readonly rows: readonly AxisToken[];
  readonly columns: readonly AxisToken[];
  /** No row looks at what comes after it. */
  readonly isCausal: boolean;
}

/** The tokens of one window of an explanation, in model order. */
export function tokensOf(explanation: Pick<Explanation, "tokens" | "windows">, window: number): Token[] {
  return windowTokens(explanation, Math.min(window, explanation.windows.length - 1)).flatMap(
    (index) => explanation.tokens[index] ?? [],
  );
}

function axisLabels(
  positions: readonly number[],
  tokens: readonly Pick<Token, "text" | "piece" | "special">[],
): AxisLabel[] {
  return positions.map((position) => {
    const token = tokens[position];
    const text = token ? visibleText(token.text) || cleanName(shownPiece(token.piece)) : String(position + 1);
    return { text, special: token?.special ?? false };
  });
}

/** What a picture of one matrix is drawn from, as the view wants it shown. */
export function pictureModel(
  { matrix, rows, columns, isCausal }: PlacedMatrix,
  view: ShapeOptions,
  strings: PanelStrings,
): PictureModel {
  const special = (tokens: PlacedMatrix["rows"]) => tokens.map((token) => token.special);
  const shaped = shapeHead(matrix, special(rows), special(columns), view);
  const rowLabels = axisLabels(shaped.rows, rows);
  const columnLabels = axisLabels(shaped.columns, columns);
  const cellText = (cell: Cell): string =>
    fill(
      strings.cell,
      rowLabels[cell.row]?.text ?? "",
      columnLabels[cell.column]?.text ?? "",
      formatWeight(valueAt({ shaped }, cell)),
    );
  return { shaped, rowLabels, columnLabels, cellText, isCausal };
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
