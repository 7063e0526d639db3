import type { PanelStrings } from "../../src/common/panelStrings";
import { element, onWidth } from "../dom";
import { type Cell, GridFocus } from "./gridFocus";
import { followPointer, type Picture, type PictureModel, type PointListener } from "./picture";

/** What a picture of a matrix is made of whose cells a person points at, or walks to with the keyboard. */
interface PointedParts {
  readonly class: string;
  /** What the picture is called among the panel's words. */
  readonly label: (strings: PanelStrings) => string;
  /** What lies in the plot, which takes the focus. */
  readonly plot: readonly HTMLElement[];
  /** What lies before and after the plot. */
  readonly before: readonly HTMLElement[];
  readonly after: readonly HTMLElement[];
  /** What hears the pointer; the whole picture where left out. */
  readonly surface?: HTMLElement;
}

/** A picture of a matrix with a cell that is looked at; drawn anew when its width changes. */
export abstract class PointedPicture implements Picture {
  readonly element: HTMLElement;
  protected model: PictureModel | null = null;
  protected cell: Cell = { row: 0, column: 0 };
  /** In CSS pixels; 0 until it is laid out. */
  protected width = 0;
  readonly #focus: GridFocus;
  readonly #labelOf: PointedParts["label"];
  #label = "";

  constructor(onPoint: PointListener, parts: PointedParts) {
    const plot = element("div", { class: "plot" }, ...parts.plot);
    this.element = element("div", { class: parts.class }, ...parts.before, plot, ...parts.after);
    this.#labelOf = parts.label;
    this.#focus = new GridFocus(plot, (cell) => onPoint(cell, true));
    followPointer(parts.surface ?? this.element, (event) => this.cellAt(event), onPoint);
    onWidth(this.element, (width) => {
      this.width = width;
      this.repaint();
    });
  }

  update(model: PictureModel, strings: PanelStrings): void {
    this.model = model;
    this.#label = this.#labelOf(strings);
    this.repaint();
  }

  point(cell: Cell): void {
    this.cell = cell;
    const { model } = this;
    if (model && this.width > 0) {
      const { rows, columns } = model.shaped;
      this.#focus.update(this.#label, rows.length, columns.length, cell, model.cellText(cell));
      this.drawPointed(model, cell);
    }
  }

  repaint(): void {
    if (this.model && this.width > 0) {
      this.draw(this.model);
      this.point(this.cell);
    }
  }

  /** Draws everything but what belongs to the cell looked at. */
  protected abstract draw(model: PictureModel): void;

  /** Moves what belongs to the cell looked at. */
  protected abstract drawPointed(model: PictureModel, cell: Cell): void;

  /** The cell under the pointer. */
  protected abstract cellAt(event: PointerEvent): Cell | null;
}
