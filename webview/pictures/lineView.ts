import { element, unspoken } from "../dom";
import { labelStep, prepareCanvas } from "./canvas";
import { type Rgb, themeColours } from "./colourRamp";
import type { Cell } from "./gridFocus";
import { type AxisLabel, type PictureModel, type PointListener, widestLabel } from "./picture";
import { PointedPicture } from "./pointedPicture";

const linesAtMost = 3000;
const largestPitch = 20;
const smallestPitch = 1.75;
const heightAimedAt = 900;
/** How clear the lines are that do not start at the query looked at. */
const backdrop = 0.3;
/** A share of the largest weight under which a line could not be seen. */
const invisible = 0.002;

/** A matrix as lines from queries on the left to keys on the right, thicker and clearer with weight. */
export class LineView extends PointedPicture {
  readonly #left: HTMLElement;
  readonly #right: HTMLElement;
  readonly #all: HTMLCanvasElement;
  readonly #active: HTMLCanvasElement;
  #pitch = largestPitch;
  #plotWidth = 0;
  #attention: Rgb = [0, 0, 0];
  #foreground: Rgb = [0, 0, 0];

  constructor(onPoint: PointListener) {
    const [left, right] = [unspoken("div", "line-axis left"), unspoken("div", "line-axis right")];
    const [all, active] = [unspoken("canvas", "all"), unspoken("canvas", "active")];
    super(onPoint, {
      class: "lines",
      label: ({ linesLabel }) => linesLabel,
      plot: [all, active],
      before: [left],
      after: [right],
    });
    [this.#left, this.#right] = [left, right];
    [this.#all, this.#active] = [all, active];
  }

  protected drawPointed(model: PictureModel, cell: Cell): void {
    this.#drawActive(model);
    mark(this.#left, cell.row);
    mark(this.#right, cell.column);
  }

  protected draw(model: PictureModel): void {
    const { rows, columns } = model.shaped;
    const longest = Math.max(rows.length, columns.length, 1);
    this.#pitch = Math.max(smallestPitch, Math.min(largestPitch, heightAimedAt / longest));
    const most = Math.min(140, this.width * 0.32);
    const left = widestLabel(model.rowLabels, this.#left, most) + 8;
    const right = widestLabel(model.columnLabels, this.#right, most) + 8;
    this.#plotWidth = Math.max(40, Math.min(360, this.width - left - right));
    const height = longest * this.#pitch;
    this.element.style.gridTemplateColumns = `${left}px ${this.#plotWidth}px ${right}px`;
    this.element.style.height = `${height}px`;
    this.#left.replaceChildren(...axis(model.rowLabels, this.#pitch));
    this.#right.replaceChildren(...axis(model.columnLabels, this.#pitch));
    const { attention, foreground } = themeColours(this.element);
    this.#attention = attention;
    this.#foreground = foreground;
    this.#drawAll(model, height);
    prepareCanvas(this.#active, this.#plotWidth, height);
  }

  #drawAll({ shaped }: PictureModel, height: number): void {
    const context = prepareCanvas(this.#all, this.#plotWidth, height);
    if (!context || shaped.maximum <= 0) {
      return;
    }
    const threshold = nthLargest(shaped.values, linesAtMost);
    context.strokeStyle = `rgb(${this.#attention.join(" ")} / ${backdrop})`;
    shaped.values.forEach((value, index) => {
      if (value > shaped.maximum * invisible && value >= threshold) {
        const row = Math.floor(index / shaped.columns.length);
        this.#line(context, { row, column: index % shaped.columns.length }, value / shaped.maximum);
      }
    });
  }

  #drawActive({ shaped }: PictureModel): void {
    const context = this.#active.getContext("2d");
    if (!context) {
      return;
    }
    context.clearRect(0, 0, this.#plotWidth, this.#active.height);
    context.strokeStyle = `rgb(${this.#attention.join(" ")})`;
    const { row, column: chosen } = this.cell;
    shaped.columns.forEach((_, column) => {
      const value = shaped.values[row * shaped.columns.length + column] ?? 0;
      if (value > shaped.maximum * invisible) {
        this.#line(context, { row, column }, value / shaped.maximum, 1.5);
      }
    });
    context.strokeStyle = `rgb(${this.#foreground.join(" ")})`;
    context.setLineDash([3, 3]);
    this.#line(context, { row, column: chosen }, 1, 0.4);
    context.setLineDash([]);
  }

  #line(context: CanvasRenderingContext2D, { row, column }: Cell, share: number, strength = 1): void {
    const root = Math.sqrt(share);
    context.globalAlpha = Math.min(1, root * strength);
    context.lineWidth = 0.5 + 2.5 * root * strength;
    const from = (row + 0.5) * this.#pitch;
    const to = (column + 0.5) * this.#pitch;
    const middle = this.#plotWidth / 2;
    context.beginPath();
    context.moveTo(0, from);
    context.bezierCurveTo(middle, from, middle, to, this.#plotWidth, to);
    context.stroke();
    context.globalAlpha = 1;
  }

  /** On the left half the pointer chooses a query and its strongest key, on the right a key for the same query. */
  protected cellAt(event: PointerEvent): Cell | null {
    const shaped = this.model?.shaped;
    if (!shaped) {
      return null;
    }
    const box = this.element.getBoundingClientRect();
    const place = Math.floor((event.clientY - box.top) / this.#pitch);
    const middle = this.#left.offsetWidth + this.#plotWidth / 2;
    if (event.clientX - box.left > middle) {
      return { row: this.cell.row, column: Math.max(0, Math.min(shaped.columns.length - 1, place)) };
    }
    const row = Math.max(0, Math.min(shaped.rows.length - 1, place));
    const values = shaped.values.subarray(row * shaped.columns.length, (row + 1) * shaped.columns.length);
    return { row, column: values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0) };
  }
}

function axis(labels: readonly AxisLabel[], pitch: number): HTMLElement[] {
  const step = labelStep(pitch, 13);
  return labels.map(({ text, special }, index) => {
    const label = element("bdi", { class: special ? "special" : "", text });
    label.style.top = `${(index + 0.5) * pitch}px`;
    label.classList.toggle("thinned", index % step !== 0);
    return label;
  });
}

function mark(axisElement: HTMLElement, index: number): void {
  axisElement.querySelector(".current")?.classList.remove("current");
  axisElement.children[index]?.classList.add("current");
}

function nthLargest(values: Float32Array, n: number): number {
  if (values.length <= n) {
    return 0;
  }
  return Float32Array.from(values).sort()[values.length - n] ?? 0;
}
