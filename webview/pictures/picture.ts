import type { PanelStrings } from "../../src/common/panelStrings";
import { oncePerFrame } from "../dom";
import type { ShapedHead } from "./attentionMath";
import type { Cell } from "./gridFocus";

/** A token at an axis. */
export interface AxisLabel {
  readonly text: string;
  readonly special: boolean;
}

/** What every picture of a matrix is drawn from; rows and columns are those of `shaped`. */
export interface PictureModel {
  readonly shaped: ShapedHead;
  readonly rowLabels: readonly AxisLabel[];
  readonly columnLabels: readonly AxisLabel[];
  readonly cellText: (cell: Cell) => string;
  /** No row looks at columns that stand after it: there is nothing to draw. */
  readonly isCausal: boolean;
}

/** Tells where the pointer or the keyboard is; `null` when the pointer has left. */
export type PointListener = (cell: Cell | null, byKeyboard: boolean) => void;

/** Follows the pointer over a surface, once a frame: the cell under it, as `cellAt` says, or `null` when it has left. */
export function followPointer(
  surface: HTMLElement,
  cellAt: (event: PointerEvent) => Cell | null,
  onPoint: PointListener,
): void {
  const point = oncePerFrame((cell: Cell | null) => onPoint(cell, false));
  surface.addEventListener("pointermove", (event) => point(cellAt(event)));
  surface.addEventListener("pointerleave", () => point(null));
}

/** A way to look at a matrix. */
export interface Picture {
  readonly element: HTMLElement;
  /** Draws the matrix. */
  update(model: PictureModel, strings: PanelStrings): void;
  /** Moves the cross-hair only, where there is one. */
  point?(cell: Cell): void;
  /** Draws again, after the theme has changed. */
  repaint(): void;
}

/** The value of a cell, 0 outside. */
export function valueAt({ shaped }: Pick<PictureModel, "shaped">, { row, column }: Cell): number {
  return shaped.values[row * shaped.columns.length + column] ?? 0;
}

/** An attention weight with three decimals; what is there but too small to see is not called nothing. */
export function formatWeight(weight: number): string {
  return weight > 0 && weight < 0.0005 ? "< 0.001" : weight.toFixed(3);
}

/** The width of the longest label in CSS pixels, at most `most`. */
export function widestLabel(labels: readonly AxisLabel[], beside: Element, most: number): number {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) {
    return most;
  }
  const { fontSize, fontFamily } = getComputedStyle(beside);
  context.font = `${fontSize} ${fontFamily}`;
  const widest = labels.reduce((width, { text }) => Math.max(width, context.measureText(text).width), 0);
  return Math.min(most, Math.ceil(widest) + 2);
}
