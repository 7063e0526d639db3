import { formatPercent } from "../../../src/common/format";
import type { AttentionProfile } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { layerMeans } from "../../../src/common/profileMean";
import { fill } from "../../../src/common/words";
import { element, onWidth, setText, unspoken } from "../../dom";
import { prepareCanvas } from "../../pictures/canvas";
import { themeColours } from "../../pictures/colourRamp";
import { wholePercent } from "./headFigureKinds";
import { tintedTable } from "./tintedTable";

const plotHeight = 150;
/** How much of the hue the first layer's line has; the last one's has all of it. */
const faintest = 0.25;

/** How the attention of each layer falls off with distance: a line for each, and the same in numbers. */
export class LayerCurves {
  readonly element = element("section", { class: "layer-curves" });
  readonly #title = element("h2");
  readonly #firstName = element("span", { class: "line-name faint" });
  readonly #lastName = element("span", { class: "line-name" });
  readonly #plot = unspoken("div", "plot");
  readonly #canvas = element("canvas");
  readonly #top = element("span", { class: "tick top" });
  readonly #ticks = unspoken("div", "ticks");
  readonly #table = element("div");
  readonly #help = element("p", { class: "small dim" });
  #means: readonly (readonly number[])[] = [];
  #steps: readonly string[] = [];
  /** The layer whose numbers are pointed at. */
  #pointed: number | null = null;
  #width = 0;

  constructor() {
    this.#plot.append(this.#canvas, this.#top);
    this.element.append(
      element(
        "div",
        { class: "curve" },
        element("div", { class: "curve-head" }, this.#title, this.#firstName, this.#lastName),
        this.#plot,
        this.#ticks,
      ),
      this.#table,
      this.#help,
    );
    this.#table.addEventListener("pointerover", ({ target }) => {
      const row = target instanceof Element ? target.closest("tbody tr") : null;
      this.#point(row instanceof HTMLTableRowElement ? row.sectionRowIndex : null);
    });
    this.#table.addEventListener("pointerleave", () => this.#point(null));
    onWidth(this.#plot, (width) => {
      this.#width = width;
      this.repaint();
    });
  }

  update(profile: AttentionProfile, strings: PanelStrings): void {
    this.#means = layerMeans(profile, ({ byDistance }) => byDistance);
    this.#steps = stepNames(profile.distances, strings);
    setText(this.#title, strings.distanceTitle);
    setText(this.#firstName, strings.firstLayer);
    setText(this.#lastName, fill(strings.lastLayer, this.#means.length));
    this.#firstName.hidden = this.#means.length < 2;
    setText(this.#help, strings.distanceHelp);
    this.#table.replaceChildren(
      tintedTable({
        caption: strings.distanceTitle,
        corner: strings.layer,
        columns: this.#steps,
        values: this.#means.map((means) => means.map((mean) => ({ value: mean, words: wholePercent(mean) }))),
      }),
    );
    this.repaint();
  }

  repaint(): void {
    const context = this.#width > 0 ? prepareCanvas(this.#canvas, this.#width, plotHeight) : null;
    if (!context) {
      return;
    }
    const { attention, foreground } = themeColours(this.element);
    const top = Math.max(Number.MIN_VALUE, ...this.#means.flat());
    context.strokeStyle = `rgb(${foreground.join(" ")} / 0.25)`;
    const y = (value: number): number => plotHeight - 2 - (value / top) * (plotHeight - 24);
    for (const line of [y(0), y(top)]) {
      context.strokeRect(0.5, Math.round(line) + 0.5, this.#width - 1, 0);
    }
    context.lineJoin = "round";
    for (const [layer, means] of this.#means.entries()) {
      const depth = this.#means.length < 2 ? 1 : layer / (this.#means.length - 1);
      const isPointed = this.#pointed === layer;
      context.lineWidth = isPointed ? 3 : 1.75;
      context.strokeStyle = isPointed
        ? `rgb(${foreground.join(" ")})`
        : `rgb(${attention.join(" ")} / ${faintest + (1 - faintest) * depth})`;
      context.beginPath();
      means.forEach((mean, step) => {
        context.lineTo(this.#x(step), y(mean));
      });
      context.stroke();
    }
    setText(this.#top, formatPercent(top));
    this.#ticks.replaceChildren(
      ...this.#steps.map((name, step) => {
        const tick = element("span", { text: name });
        tick.style.left = `${this.#x(step)}px`;
        return tick;
      }),
    );
  }

  #point(layer: number | null): void {
    if (layer !== this.#pointed) {
      this.#pointed = layer;
      this.repaint();
    }
  }

  /** Steps are as wide as each other: each takes twice the distances of the one before. */
  #x(step: number): number {
    return ((step + 0.5) / Math.max(1, this.#steps.length)) * this.#width;
  }
}

/** Which distances each step takes. */
function stepNames(distances: readonly number[], strings: PanelStrings): string[] {
  return distances.map((from, step) => {
    const next = distances[step + 1];
    if (next === undefined) {
      return step === 0 ? String(from) : fill(strings.stepFrom, from);
    }
    return next - from === 1 ? String(from) : fill(strings.stepFromTo, from, next - 1);
  });
}
