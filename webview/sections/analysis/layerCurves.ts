import { formatPercent } from "../../../src/common/format";
import type { AttentionProfile } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { layerMeans } from "../../../src/common/profileMean";
import { fill } from "../../../src/common/words";
import { element, setText } from "../../dom";
import { LinePlot } from "../../pictures/linePlot";
import { tintedTable } from "../../tintedTable";
import { wholePercent } from "./headFigureKinds";

/** How much of the hue the first layer's line has; the last one's has all of it. */
const faintest = 0.25;

/** How the attention of each layer falls off with distance: a line for each, and the same in numbers. */
export class LayerCurves {
  readonly element = element("section", { class: "layer-curves" });
  readonly #title = element("h2");
  readonly #firstName = element("span", { class: "line-name faint" });
  readonly #lastName = element("span", { class: "line-name" });
  readonly #plot = new LinePlot();
  readonly #table = element("div");
  readonly #help = element("p", { class: "small dim" });

  constructor() {
    this.element.append(
      element(
        "div",
        { class: "curve" },
        element("div", { class: "curve-head" }, this.#title, this.#firstName, this.#lastName),
        this.#plot.element,
      ),
      this.#table,
      this.#help,
    );
    this.#table.addEventListener("pointerover", ({ target }) => {
      const row = target instanceof Element ? target.closest("tbody tr") : null;
      this.#plot.point(row instanceof HTMLTableRowElement ? row.sectionRowIndex : null);
    });
    this.#table.addEventListener("pointerleave", () => this.#plot.point(null));
  }

  update(profile: AttentionProfile, strings: PanelStrings): void {
    const layers = layerMeans(profile, ({ byDistance }) => byDistance);
    const steps = stepNames(profile.distances, strings);
    setText(this.#title, strings.distanceTitle);
    setText(this.#firstName, strings.firstLayer);
    setText(this.#lastName, fill(strings.lastLayer, layers.length));
    this.#firstName.hidden = layers.length < 2;
    setText(this.#help, strings.distanceHelp);
    this.#table.replaceChildren(
      tintedTable({
        caption: strings.distanceTitle,
        corner: strings.layer,
        columns: steps,
        rows: layers.map((means, layer) => ({
          name: String(layer + 1),
          cells: means.map((mean) => ({ value: mean, words: wholePercent(mean) })),
        })),
      }),
    );
    // Steps are as wide as each other: each takes twice the distances of the one before.
    const x = (step: number): number => (step + 0.5) / Math.max(1, steps.length);
    this.#plot.update({
      lines: layers.map((means, layer) => ({
        points: means.map((mean, step) => ({ x: x(step), y: mean })),
        colour: "hue",
        strength: layers.length < 2 ? 1 : faintest + ((1 - faintest) * layer) / (layers.length - 1),
      })),
      ticks: steps.map((text, step) => ({ x: x(step), text })),
      format: formatPercent,
    });
  }

  repaint(): void {
    this.#plot.repaint();
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
