import { fieldsOf, isBoolean, isIndex, isKeyOf, orNull, taken } from "../../../src/common/checks";
import type { Explanation } from "../../../src/common/explanation";
import { type PictureId, pictureKinds } from "../../pictures/pictureKinds";
import { isPossible, layersOf, type MatrixChoice, matrixKinds } from "./matrixKinds";

/** What the person chose to see of the heads. */
export interface HeadsView extends MatrixChoice {
  readonly picture: PictureId;
  readonly showSpecial: boolean;
  readonly renormalise: boolean;
  /** Keep the strongest keys of each row that hold this share of its mass, in per cent (1 to 100). */
  readonly topMass: number;
  readonly overviewAsTable: boolean;
  readonly pictureAsTable: boolean;
}

const isMass = (value: unknown): value is number => isIndex(value) && value >= 1 && value <= 100;

/** What was kept of the heads' view, with a default for all that is missing or is not what it must be. */
export function restoreHeadsView(kept: unknown): HeadsView {
  const fields = fieldsOf(kept);
  return {
    window: taken(fields.window, isIndex, 0),
    layer: taken(fields.layer, isIndex, 0),
    head: taken(fields.head, isIndex, 0),
    matrix: taken(fields.matrix, isKeyOf(matrixKinds), "heads"),
    alignedHead: taken(fields.alignedHead, orNull(isIndex), null),
    matrixLayer: taken(fields.matrixLayer, orNull(isIndex), null),
    picture: taken(fields.picture, isKeyOf(pictureKinds), "map"),
    showSpecial: taken(fields.showSpecial, isBoolean, true),
    renormalise: taken(fields.renormalise, isBoolean, false),
    topMass: taken(fields.topMass, isMass, 100),
    overviewAsTable: taken(fields.overviewAsTable, isBoolean, false),
    pictureAsTable: taken(fields.pictureAsTable, isBoolean, false),
  };
}

/** The view as it can be: clamped to the heads and windows that an explanation has. */
export function possibleView({ attention, windows }: Explanation, view: HeadsView): HeadsView {
  const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  const layers = attention?.layers ?? 1;
  const matrix = attention && !isPossible(view.matrix, attention) ? "heads" : view.matrix;
  const possible = attention ? layersOf(matrix, attention) : [];
  const clamped = view.matrixLayer === null ? null : clamp(view.matrixLayer, layers);
  return {
    ...view,
    matrix,
    layer: clamp(view.layer, layers),
    head: clamp(view.head, attention?.heads ?? 1),
    matrixLayer: clamped !== null && possible.includes(clamped) ? clamped : null,
    alignedHead: view.alignedHead === null ? null : clamp(view.alignedHead, attention?.heads ?? 1),
    window: clamp(view.window, Math.max(1, windows.length)),
  };
}
