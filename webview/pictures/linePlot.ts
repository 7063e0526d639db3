import { element, onWidth, setText, unspoken } from "../dom";
import { prepareCanvas } from "./canvas";
import { type ThemeColours, themeColours } from "./colourRamp";

const plotHeight = 150;
/** Over the topmost line there is room for what it stands for. */
const headroom = 22;

/** A line of a plot. */
export interface PlotLine {
  /** From left to right: the place, from 0 to 1, and the value. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** That of attention, or that of words. */
  readonly colour: "hue" | "ink";
  /** How much of the colour it has, from 0 to 1. */
  readonly strength: number;
  readonly isDashed?: boolean;
}

/** Lines over one scale from left to right. */
export interface Plot {
  readonly lines: readonly PlotLine[];
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
  /** How a value is written at the top and, where it is below 0, at the bottom. */
  readonly format: (value: number) => string;
}

/** Lines on a canvas, of which one may be pointed out. What it shows has to be said elsewhere: screen readers pass over it. */
export class LinePlot {
  readonly element = unspoken("div", "line-plot");
  readonly #plot = element("div", { class: "plot" });
  readonly #canvas = element("canvas");
  readonly #top = element("span", { class: "tick top" });
  readonly #bottom = element("span", { class: "tick bottom" });
  readonly #ticks = element("div", { class: "ticks" });
  #shown: Plot = { lines: [], ticks: [], format: String };
  #pointed: number | null = null;
  #width = 0;

  constructor() {
    this.#plot.append(this.#canvas, this.#top, this.#bottom);
    this.element.append(this.#plot, this.#ticks);
    onWidth(this.#plot, (width) => {
      this.#width = width;
      this.repaint();
    });
  }

  /** Draws lines. */
  update(plot: Plot): void {
    this.#shown = plot;
    this.repaint();
  }

  /** Makes one of the lines stand out, or none. */
  point(line: number | null): void {
    if (line !== this.#pointed) {
      this.#pointed = line;
      this.repaint();
    }
  }

  /** Draws again, after width or theme have changed. */
  repaint(): void {
    const context = this.#width > 0 ? prepareCanvas(this.#canvas, this.#width, plotHeight) : null;
    if (!context) {
      return;
    }
    const { lines, ticks, format } = this.#shown;
    const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
    const top = Math.max(Number.MIN_VALUE, ...values);
    const bottom = Math.min(0, ...values);
    const height = (value: number): number =>
      plotHeight - 2 - ((value - bottom) / (top - bottom)) * (plotHeight - 2 - headroom);
    const colours = themeColours(this.element);
    context.strokeStyle = `rgb(${colours.foreground.join(" ")} / 0.25)`;
    for (const line of [0, top]) {
      context.strokeRect(0.5, Math.round(height(line)) + 0.5, this.#width - 1, 0);
    }
    context.lineJoin = "round";
    for (const [at, line] of lines.entries()) {
      if (at !== this.#pointed) {
        this.#stroke(context, line, height, colours, false);
      }
    }
    const pointed = this.#pointed === null ? undefined : lines[this.#pointed];
    if (pointed) {
      this.#stroke(context, pointed, height, colours, true);
    }
    setText(this.#top, format(top));
    this.#bottom.hidden = bottom === 0;
    setText(this.#bottom, format(bottom));
    this.#ticks.replaceChildren(
      ...ticks.map(({ x, text }) => {
        const tick = element("span", { text });
        tick.style.left = `${x * this.#width}px`;
        return tick;
      }),
    );
  }

  /** What is pointed out has the other colour, whole. */
  #stroke(
    context: CanvasRenderingContext2D,
    { points, colour, strength, isDashed = false }: PlotLine,
    height: (value: number) => number,
    colours: ThemeColours,
    isPointed: boolean,
  ): void {
    const { attention: hue, foreground: ink } = colours;
    const own = colour === "hue" ? hue : ink;
    const other = own === hue ? ink : hue;
    context.lineWidth = isPointed ? 3 : 1.75;
    context.strokeStyle = `rgb(${(isPointed ? other : own).join(" ")} / ${isPointed ? 1 : strength})`;
    context.setLineDash(isDashed ? [5, 4] : []);
    context.beginPath();
    for (const { x, y } of points) {
      context.lineTo(x * this.#width, height(y));
    }
    context.stroke();
  }
}
