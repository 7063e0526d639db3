import type { Attribution, Explanation } from "../../../src/common/explanation";
import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { shownError, shownScore } from "../../../src/common/scoredUnits";
import { strongestPairs, type UnitPair } from "../../../src/common/unitPairs";
import { fill } from "../../../src/common/words";
import { element, setText, unspoken, visibleText } from "../../dom";
import { BarScale } from "./barScale";

const pairsShown = 8;
/** The thickest arc, in CSS pixels. */
const thickest = 6;

/** The strongest pairs of units as arcs from one to the other, with a table of their scores beside; hidden for methods that score no pairs. */
export class PairArcs {
  readonly element = element("section", { class: "pairs" });
  readonly #title = element("h2");
  readonly #help = element("p", { class: "small dim" });
  readonly #arcs = unspoken("div", "arcs");
  readonly #table = element("table", { class: "bars" });
  #pairs: readonly UnitPair[] = [];

  /** `onPoint` hears of the tokens of the pair that is pointed at, none where the pointer has left. */
  constructor(onPoint: (tokens: readonly number[]) => void) {
    this.element.append(this.#title, this.#help, element("div", { class: "pairs-columns" }, this.#arcs, this.#table));
    this.element.addEventListener("pointerover", (event) => {
      const over = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-pair]") : null;
      const pair = over ? this.#pairs[Number(over.dataset.pair)] : undefined;
      this.#light(pair ? Number(over?.dataset.pair) : null);
      onPoint(pair ? [...pair.first.tokens, ...pair.second.tokens] : []);
    });
    this.element.addEventListener("pointerleave", () => {
      this.#light(null);
      onPoint([]);
    });
  }

  /** Draws the pairs; `sign` −1 gives what goes up the hue of "against". */
  update(explanation: Explanation, attribution: Attribution | undefined, sign: 1 | -1, strings: PanelStrings): void {
    this.element.hidden = !attribution?.pairs;
    if (!attribution?.pairs) {
      return;
    }
    this.#pairs = strongestPairs(explanation, attribution, pairsShown);
    setText(this.#title, strings.pairsTitle);
    setText(this.#help, this.#pairs.length > 0 ? strings.pairsHelp : strings.noPairs);
    this.#arcs.hidden = this.#pairs.length === 0;
    this.#table.hidden = this.#pairs.length === 0;
    this.#drawArcs(sign);
    this.#drawTable(attribution, sign, strings);
  }

  #drawArcs(sign: 1 | -1): void {
    const units = new Map(
      this.#pairs.flatMap(({ first, second }) => [first, second]).map((unit) => [unit.index, unit]),
    );
    const shown = [...units.values()].sort((a, b) => a.index - b.index);
    const rowOf = new Map(shown.map(({ index }, row) => [index, row]));
    const names = shown.map(({ text }) => element("bdi", { class: "arc-name", text: visibleText(text) }));
    const largest = Math.max(...this.#pairs.map(({ score }) => Math.abs(score)));
    const ends = this.#pairs.map(({ first, second }) => [rowOf.get(first.index) ?? 0, rowOf.get(second.index) ?? 0]);
    const farthest = Math.max(...ends.map(([from = 0, to = 0]) => to - from));
    const arcs = this.#pairs.map(({ score }, index) => {
      const [from = 0, to = 0] = ends[index] ?? [];
      const arc = element("div", { class: `arc ${score * sign < 0 ? "against" : "supports"}` });
      arc.dataset.pair = String(index);
      arc.style.gridRow = `${from + 1} / ${to + 2}`;
      arc.style.width = `${Math.round((100 * (to - from)) / farthest)}%`;
      arc.style.borderWidth = `${Math.max(1, Math.round((thickest * Math.abs(score)) / largest))}px`;
      return arc;
    });
    this.#arcs.replaceChildren(...names, ...arcs);
    for (const [row, name] of names.entries()) {
      name.style.gridRow = String(row + 1);
    }
  }

  #drawTable({ method }: Attribution, sign: 1 | -1, strings: PanelStrings): void {
    const { scores } = methodInfo(method);
    const scale = new BarScale(
      this.#pairs.map(({ score }) => score),
      sign,
    );
    const rows = this.#pairs.map(({ first, second, score, standardError }, index) => {
      const words = fill(strings.pairOfUnits, visibleText(first.text), visibleText(second.text));
      const row = element(
        "tr",
        {},
        element("th", { class: "name", attributes: { scope: "row" } }, element("bdi", { text: words })),
        element(
          "td",
          { class: "bar" },
          element("div", { class: "track signed" }, scale.mark(0, "zero"), scale.bar(0, score)),
        ),
        element("td", { class: "number", text: shownScore(scores, score) }),
        element("td", { class: "number dim small error-column", text: shownError(standardError || null) }),
      );
      row.dataset.pair = String(index);
      return row;
    });
    const heads = [strings.pairColumn, "", strings.score, strings.standardError].map((text) =>
      text === "" ? element("td") : element("th", { text, attributes: { scope: "col" } }),
    );
    this.#table.replaceChildren(
      element("caption", { class: "unseen", text: strings.pairsTitle }),
      element("thead", { class: "unseen" }, element("tr", {}, ...heads)),
      element("tbody", {}, ...rows),
    );
  }

  /** Marks the arc and the row of one pair, or of none. */
  #light(pair: number | null): void {
    for (const one of this.element.querySelectorAll<HTMLElement>("[data-pair]")) {
      one.classList.toggle("lit", one.dataset.pair === String(pair));
    }
  }
}
