import type { AttentionOverview } from "../../../src/common/look";
import { element, onWidth } from "../../dom";
import { cellSide, drawImage, labelStep, matrixImage, prepareCanvas } from "../../pictures/canvas";
import { type ThemeColours, themeColours } from "../../pictures/colourRamp";
import { type Cell, GridFocus } from "../../pictures/gridFocus";
import type { HeadsView } from "./headsView";
import { matrixKinds } from "./matrixKinds";

/** What the overview is drawn from; `special` is over the tokens of the window. */
export interface OverviewModel {
  readonly overview: AttentionOverview;
  readonly special: readonly boolean[];
  readonly view: HeadsView;
  /** Name of the whole grid, and of each head. */
  readonly label: string;
  readonly headName: (cell: Cell) => string;
}

const largestSide = 72;

/** All layers × heads as thumbnails on one canvas; one tab stop, walked with the arrow keys. */
export class HeadOverview {
  readonly element = element("div", { class: "overview" });
  readonly #rowLabels = element("div", { class: "row-labels", attributes: { "aria-hidden": "true" } });
  readonly #columnLabels = element("div", { class: "column-labels", attributes: { "aria-hidden": "true" } });
  readonly #canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
  readonly #frame = element("div", { class: "selected-frame", attributes: { "aria-hidden": "true" } });
  readonly #hover = element("div", { class: "hover-frame", attributes: { "aria-hidden": "true" } });
  readonly #grid: HTMLElement;
  readonly #focus: GridFocus;
  readonly #onChoose: (cell: Cell) => void;
  #model: OverviewModel | null = null;
  #drawn = "";
  #drawnFor: AttentionOverview | null = null;
  #side = 0;
  #gap = 4;
  #width = 0;

  constructor(onChoose: (cell: Cell) => void, onHover: (cell: Cell | null) => void) {
    this.#onChoose = onChoose;
    this.#grid = element("div", { class: "overview-grid" }, this.#canvas, this.#hover, this.#frame);
    this.#focus = new GridFocus(this.#grid, onChoose);
    this.element.append(this.#columnLabels, this.#rowLabels, this.#grid);
    this.#hover.hidden = true;
    this.#grid.addEventListener("click", (event) => {
      const cell = this.#cellAt(event);
      if (cell) {
        this.#onChoose(cell);
      }
    });
    this.#grid.addEventListener("pointermove", (event) => {
      const cell = this.#cellAt(event);
      this.#hover.hidden = cell === null;
      if (cell) {
        this.#place(this.#hover, cell, 1, 1);
      }
      onHover(cell);
    });
    this.#grid.addEventListener("pointerleave", () => {
      this.#hover.hidden = true;
      onHover(null);
    });
    onWidth(this.element, (width) => {
      this.#width = width;
      this.#redraw();
    });
  }

  update(model: OverviewModel): void {
    this.#model = model;
    this.#redraw();
    const { overview, view, label, headName } = model;
    const current = { row: view.layer, column: view.head };
    this.#focus.update(label, overview.layers, overview.heads, current, headName(current));
  }

  /** Draws again, after the theme has changed. */
  repaint(): void {
    this.#drawn = "";
    this.#redraw();
  }

  #redraw(): void {
    const model = this.#model;
    if (!model || this.#width === 0) {
      return;
    }
    const { overview, view } = model;
    const wanted = [this.#width, window.devicePixelRatio, view.showSpecial].join();
    if (wanted !== this.#drawn || overview !== this.#drawnFor) {
      this.#drawn = wanted;
      this.#drawnFor = overview;
      this.#layOut(model);
      this.#paint(model, themeColours(this.element));
    }
    this.#select(model);
  }

  #layOut({ overview }: OverviewModel): void {
    const { layers, heads } = overview;
    const labels = 28;
    this.#gap = this.#width / heads < 24 ? 2 : 4;
    this.#side = cellSide(this.#width - labels, heads, largestSide + this.#gap) - this.#gap;
    const pitch = this.#side + this.#gap;
    this.#grid.style.width = `${pitch * heads}px`;
    this.#grid.style.height = `${pitch * layers}px`;
    this.#rowLabels.replaceChildren(...numbers(layers, pitch, 15, "top"));
    this.#columnLabels.replaceChildren(...numbers(heads, pitch, 20, "left"));
    this.#columnLabels.style.width = `${pitch * heads}px`;
    this.#rowLabels.style.height = `${pitch * layers}px`;
  }

  #paint(model: OverviewModel, colours: ThemeColours): void {
    const { layers, heads, side } = model.overview;
    const pitch = this.#side + this.#gap;
    const context = prepareCanvas(this.#canvas, pitch * heads, pitch * layers);
    if (!context) {
      return;
    }
    const pixels = (this.#side * (window.devicePixelRatio || 1)) / side;
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) {
        const { values, maximum } = thumbnail(model, layer * heads + head);
        const image = matrixImage(values, side, side, maximum, colours.ramp, pixels);
        const inset = this.#gap / 2;
        drawImage(context, image, head * pitch + inset, layer * pitch + inset, this.#side, this.#side);
      }
    }
  }

  #select({ overview, view }: OverviewModel): void {
    const { layer, head } = matrixKinds[view.matrix].covers(view);
    const rows = layer === null ? overview.layers : 1;
    const columns = head === null ? overview.heads : 1;
    this.#place(this.#frame, { row: layer ?? 0, column: head ?? 0 }, rows, columns);
  }

  #place(frame: HTMLElement, { row, column }: Cell, rows: number, columns: number): void {
    const pitch = this.#side + this.#gap;
    frame.style.transform = `translate(${column * pitch}px, ${row * pitch}px)`;
    frame.style.width = `${columns * pitch}px`;
    frame.style.height = `${rows * pitch}px`;
  }

  #cellAt(event: MouseEvent): Cell | null {
    const overview = this.#model?.overview;
    const pitch = this.#side + this.#gap;
    const box = this.#canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / pitch);
    const column = Math.floor((event.clientX - box.left) / pitch);
    const inside = overview && row >= 0 && column >= 0 && row < overview.layers && column < overview.heads;
    return inside ? { row, column } : null;
  }
}

/** A thumbnail with special tokens blanked where one pixel is one token, and its largest value. */
function thumbnail(
  { overview, special, view }: OverviewModel,
  index: number,
): { values: Float32Array; maximum: number } {
  const { side } = overview;
  const values = Float32Array.from(overview.thumbnails.subarray(index * side * side, (index + 1) * side * side));
  if (!view.showSpecial && special.length === side) {
    values.forEach((_, pixel) => {
      if (special[Math.floor(pixel / side)] === true || special[pixel % side] === true) {
        values[pixel] = 0;
      }
    });
  }
  return { values, maximum: values.reduce((largest, value) => Math.max(largest, value), 0) };
}

function numbers(count: number, pitch: number, room: number, edge: "top" | "left"): HTMLElement[] {
  const step = labelStep(pitch, room);
  const shown = Array.from({ length: count }, (_, index) => index).filter((index) => index % step === 0);
  return shown.map((index) => {
    const label = element("span", { text: String(index + 1) });
    label.style[edge] = `${(index + 0.5) * pitch}px`;
    return label;
  });
}
