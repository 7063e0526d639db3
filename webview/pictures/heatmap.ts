import { element, setText, unspoken } from "../dom";
import { cellSide, drawImage, labelStep, matrixImage, prepareCanvas } from "./canvas";
import { themeColours } from "./colourRamp";
import type { Cell } from "./gridFocus";
import { type AxisLabel, type PictureModel, type PointListener, widestLabel } from "./picture";
import { PointedPicture } from "./pointedPicture";

const largestSide = 26;
const labelRoom = 12;

/** A matrix as coloured cells: drawn once, the cross-hair is elements moved over it, labels are text. */
export class Heatmap extends PointedPicture {
  readonly #columnAxis: HTMLElement;
  readonly #rowAxis: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #rowBand: HTMLElement;
  readonly #columnBand: HTMLElement;
  readonly #rowName = element("bdi", { class: "active-label" });
  readonly #columnName = element("bdi", { class: "active-label" });
  #rowLabels: HTMLElement[] = [];
  #columnLabels: HTMLElement[] = [];
  #covered: readonly HTMLElement[] = [];
  #side = 1;

  constructor(onPoint: PointListener) {
    const [columnAxis, rowAxis] = [unspoken("div", "column-axis"), unspoken("div", "row-axis")];
    const [canvas, rowBand, columnBand] = [unspoken("canvas", ""), unspoken("div", "band"), unspoken("div", "band")];
    super(onPoint, {
      class: "heatmap",
      label: ({ mapLabel }) => mapLabel,
      plot: [canvas, rowBand, columnBand],
      before: [columnAxis, rowAxis],
      after: [],
      surface: canvas,
    });
    [this.#columnAxis, this.#rowAxis] = [columnAxis, rowAxis];
    [this.#canvas, this.#rowBand, this.#columnBand] = [canvas, rowBand, columnBand];
  }

  protected drawPointed(model: PictureModel, cell: Cell): void {
    const { row, column } = cell;
    this.#rowBand.style.transform = `translateY(${row * this.#side}px)`;
    this.#columnBand.style.transform = `translateX(${column * this.#side}px)`;
    setText(this.#rowName, model.rowLabels[row]?.text ?? "");
    setText(this.#columnName, model.columnLabels[column]?.text ?? "");
    this.#rowName.style.transform = `translateY(${(row + 0.5) * this.#side}px) translateY(-50%)`;
    this.#columnName.style.transform = `translateX(${(column + 0.5) * this.#side}px) translateX(-50%) rotate(180deg)`;
    this.#cover(cell);
  }

  /** Hides the labels that the two active ones would lie on. */
  #cover({ row, column }: Cell): void {
    const step = labelStep(this.#side, labelRoom);
    const near = (labels: readonly HTMLElement[], index: number): HTMLElement[] => {
      const first = Math.floor(index / step);
      const places = [first, first + 1].filter((place) => Math.abs(place * step - index) * this.#side < labelRoom - 1);
      return places.flatMap((place) => labels[place] ?? []);
    };
    const covered = [...near(this.#rowLabels, row), ...near(this.#columnLabels, column)];
    for (const label of this.#covered) {
      label.classList.toggle("covered", covered.includes(label));
    }
    for (const label of covered) {
      label.classList.add("covered");
    }
    this.#covered = covered;
  }

  protected draw(model: PictureModel): void {
    const { rows, columns, values, maximum } = model.shaped;
    const gutter = widestLabel(model.rowLabels, this.#rowAxis, Math.min(120, this.width * 0.3)) + 6;
    const head = widestLabel(model.columnLabels, this.#columnAxis, 96) + 6;
    this.#side = cellSide(this.width - gutter, columns.length, largestSide);
    const width = this.#side * columns.length;
    const height = this.#side * rows.length;
    this.element.style.gridTemplateColumns = `${gutter}px ${width}px`;
    this.element.style.gridTemplateRows = `${head}px ${height}px`;
    this.#rowBand.style.width = `${width}px`;
    this.#rowBand.style.height = `${Math.max(this.#side, 3)}px`;
    this.#columnBand.style.width = `${Math.max(this.#side, 3)}px`;
    this.#columnBand.style.height = `${height}px`;
    this.#rowLabels = axis(model.rowLabels, this.#side, "top");
    this.#columnLabels = axis(model.columnLabels, this.#side, "left");
    this.#rowAxis.replaceChildren(...this.#rowLabels, this.#rowName);
    this.#columnAxis.replaceChildren(...this.#columnLabels, this.#columnName);
    this.#covered = [];
    const context = prepareCanvas(this.#canvas, width, height);
    if (context) {
      const { ramp } = themeColours(this.element);
      const pixels = this.#side * (window.devicePixelRatio || 1);
      const image = matrixImage(values, rows.length, columns.length, maximum, ramp, pixels);
      drawImage(context, image, 0, 0, width, height);
      if (model.isCausal) {
        this.#cutTriangle(context, model);
      }
    }
  }

  /** Takes away what cannot be looked at, and draws the stairs that it begins behind. */
  #cutTriangle(context: CanvasRenderingContext2D, { shaped: { rows, columns } }: PictureModel): void {
    const side = this.#side;
    const width = side * columns.length;
    const { foreground } = themeColours(this.element);
    context.fillStyle = `rgb(${foreground.join(" ")} / 0.4)`;
    rows.forEach((row, r) => {
      const after = columns.findIndex((column) => column > row);
      if (after >= 0) {
        context.clearRect(after * side, r * side, width - after * side, side);
        context.fillRect(after * side, r * side, 1, side);
        context.fillRect(after * side, (r + 1) * side - 1, Math.min(side, width - after * side), 1);
      }
    });
  }

  protected cellAt(event: PointerEvent): Cell | null {
    const shaped = this.model?.shaped;
    if (!shaped || shaped.rows.length === 0) {
      return null;
    }
    const row = Math.floor(event.offsetY / this.#side);
    const column = Math.floor(event.offsetX / this.#side);
    return {
      row: Math.max(0, Math.min(shaped.rows.length - 1, row)),
      column: Math.max(0, Math.min(shaped.columns.length - 1, column)),
    };
  }
}

/** Labels along an edge, thinned out when cells are small. */
function axis(labels: readonly AxisLabel[], side: number, edge: "top" | "left"): HTMLElement[] {
  const step = labelStep(side, labelRoom);
  return labels.flatMap(({ text, special }, index) => {
    if (index % step !== 0) {
      return [];
    }
    const label = element("bdi", { class: special ? "special" : "", text });
    label.style[edge] = `${(index + 0.5) * side}px`;
    return [label];
  });
}
