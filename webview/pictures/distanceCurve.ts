import type { PanelStrings } from "../../src/common/panelStrings";
import { fill } from "../../src/common/words";
import { element, oncePerFrame, onWidth, setAttribute, setText } from "../dom";
import { type DecayCurve, decayCurve } from "./attentionMath";
import { prepareCanvas } from "./canvas";
import { themeColours } from "./colourRamp";
import { formatWeight, type Picture, type PictureModel } from "./picture";

const plotHeight = 220;
const longText = 64;

/** Mean attention by distance in tokens: one line for looking back, one for looking ahead. */
export class DistanceCurve implements Picture {
  readonly element = element("div", { class: "curve" });
  readonly #title = element("h3");
  readonly #plot: HTMLElement;
  readonly #canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
  readonly #cursor = element("div", { class: "cursor", attributes: { "aria-hidden": "true" } });
  readonly #top = element("span", { class: "tick top", attributes: { "aria-hidden": "true" } });
  readonly #backName = element("span", { class: "line-name" });
  readonly #aheadName = element("span", { class: "line-name dashed" });
  readonly #ticks = element("div", { class: "ticks", attributes: { "aria-hidden": "true" } });
  readonly #readout = element("p", { class: "numbers" });
  #curve: DecayCurve = { back: new Float64Array(1), ahead: new Float64Array(1) };
  #strings: PanelStrings | null = null;
  #distance = 1;
  #width = 0;

  constructor() {
    this.#plot = element(
      "div",
      { class: "plot", attributes: { role: "slider", tabindex: "0", "aria-orientation": "horizontal" } },
      this.#canvas,
      this.#cursor,
      this.#top,
    );
    const head = element("div", { class: "curve-head" }, this.#title, this.#backName, this.#aheadName);
    this.element.append(head, this.#plot, this.#ticks, this.#readout);
    const point = oncePerFrame((x: number) => this.#point(this.#distanceAt(x)));
    this.#plot.addEventListener("pointermove", (event) => point(event.offsetX));
    this.#plot.addEventListener("keydown", (event) => this.#key(event));
    onWidth(this.element, (width) => {
      this.#width = width;
      this.repaint();
    });
  }

  update({ shaped }: PictureModel, strings: PanelStrings): void {
    this.#curve = decayCurve(shaped);
    this.#strings = strings;
    setText(this.#title, strings.curveTitle);
    setAttribute(this.#plot, "aria-label", strings.curveLabel);
    this.repaint();
  }

  repaint(): void {
    const { back, ahead } = this.#curve;
    const strings = this.#strings;
    if (this.#width === 0 || !strings) {
      return;
    }
    const context = prepareCanvas(this.#canvas, this.#width, plotHeight);
    if (!context) {
      return;
    }
    const { attention, foreground } = themeColours(this.element);
    const top = Math.max(Number.MIN_VALUE, ...back, ...ahead);
    const y = (value: number): number => plotHeight - 2 - (value / top) * (plotHeight - 24);
    const looksAhead = ahead.some((value, distance) => distance > 0 && value > 0);
    context.strokeStyle = `rgb(${foreground.join(" ")} / 0.25)`;
    for (const line of [y(0) + 1.5, y(top) + 0.5]) {
      context.strokeRect(0.5, Math.round(line) - 0.5, this.#width - 1, 0);
    }
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.strokeStyle = `rgb(${attention.join(" ")})`;
    this.#draw(context, back, y);
    if (looksAhead) {
      context.setLineDash([5, 4]);
      this.#draw(context, ahead, y);
      context.setLineDash([]);
    }
    setText(this.#top, formatWeight(top));
    setText(this.#backName, strings.back);
    setText(this.#aheadName, strings.ahead);
    this.#aheadName.hidden = !looksAhead;
    this.#ticks.replaceChildren(...this.#tickLabels());
    this.#point(Math.min(this.#distance, back.length - 1));
  }

  #draw(context: CanvasRenderingContext2D, values: Float64Array, y: (value: number) => number): void {
    context.beginPath();
    values.forEach((value, distance) => {
      context.lineTo(this.#x(distance), y(value));
    });
    context.stroke();
  }

  #tickLabels(): HTMLElement[] {
    const last = this.#curve.back.length - 1;
    const candidates = last > longText ? [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] : niceSteps(last);
    return candidates
      .filter((distance) => distance <= last)
      .map((distance) => {
        const tick = element("span", { text: String(distance) });
        tick.style.left = `${this.#x(distance)}px`;
        return tick;
      });
  }

  /** Long texts are drawn on a logarithmic axis: nearly everything happens nearby. */
  #x(distance: number): number {
    const last = Math.max(1, this.#curve.back.length - 1);
    const share = last > longText ? Math.log2(1 + distance) / Math.log2(1 + last) : distance / last;
    return 6 + share * (this.#width - 18);
  }

  #distanceAt(x: number): number {
    const last = Math.max(1, this.#curve.back.length - 1);
    const share = Math.max(0, Math.min(1, (x - 6) / Math.max(1, this.#width - 18)));
    return Math.round(last > longText ? 2 ** (share * Math.log2(1 + last)) - 1 : share * last);
  }

  #key(event: KeyboardEvent): void {
    const last = this.#curve.back.length - 1;
    const targets: Record<string, number> = {
      ArrowLeft: this.#distance - 1,
      ArrowDown: this.#distance - 1,
      ArrowRight: this.#distance + 1,
      ArrowUp: this.#distance + 1,
      PageDown: this.#distance - 10,
      PageUp: this.#distance + 10,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      this.#point(Math.max(0, Math.min(last, target)));
    }
  }

  #point(distance: number): void {
    this.#distance = Math.max(0, distance);
    const { back, ahead } = this.#curve;
    const strings = this.#strings;
    if (!strings) {
      return;
    }
    const values = [back, ahead].map((line) => formatWeight(line[this.#distance] ?? 0));
    const text = fill(strings.curvePoint, this.#distance, ...values);
    setText(this.#readout, text);
    this.#cursor.style.transform = `translateX(${this.#x(this.#distance)}px)`;
    setAttribute(this.#plot, "aria-valuemin", "0");
    setAttribute(this.#plot, "aria-valuemax", String(back.length - 1));
    setAttribute(this.#plot, "aria-valuenow", String(this.#distance));
    setAttribute(this.#plot, "aria-valuetext", text);
  }
}

function niceSteps(last: number): number[] {
  const step = [1, 2, 5, 10].find((candidate) => last / candidate <= 8) ?? 20;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}
