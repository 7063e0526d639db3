import { withinError } from "../../../src/common/colourScale";
import { formatPercent } from "../../../src/common/format";
import type { ScoreKind } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import {
  measuredUnit,
  type ScoredUnit,
  shares,
  shownError,
  shownScore,
  strongest,
} from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { linkButton } from "../../controls";
import { element, setParts, setText, visibleText } from "../../dom";
import { filled } from "../../words";
import { BarScale } from "./barScale";
import type { Title } from "./contributionsTitle";

const barsShown = 10;

/** The units sorted by magnitude as signed bars with their numbers: a table, so that it reads without eyes too. */
export class ContributionBars {
  readonly element = element("section", { class: "contributions" });
  readonly #title = element("h2");
  readonly #table = element("table", { class: "bars" });
  readonly #more = linkButton(() => this.#toggle());
  readonly #onPoint: (unit: number | null) => void;
  #all = false;
  #draw: () => void = () => undefined;

  constructor(onPoint: (unit: number | null) => void) {
    this.#onPoint = onPoint;
    this.element.append(this.#title, this.#table, this.#more);
    this.#table.addEventListener("pointerover", (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-unit]") : null;
      this.#onPoint(row ? Number(row.dataset.unit) : null);
    });
    this.#table.addEventListener("pointerleave", () => this.#onPoint(null));
  }

  /** Draws the bars, in the tone of what the scores say. */
  update(title: Title, units: readonly ScoredUnit[], kind: ScoreKind, sign: 1 | -1, strings: PanelStrings): void {
    this.#draw = () => {
      setParts(this.#title, filled(...title));
      this.#drawTable(title, units, kind, sign, strings);
    };
    this.#draw();
  }

  #toggle(): void {
    this.#all = !this.#all;
    this.#draw();
  }

  #drawTable(title: Title, units: readonly ScoredUnit[], kind: ScoreKind, sign: 1 | -1, strings: PanelStrings): void {
    const scores = units.map(({ score }) => score);
    const { shown, rest } = strongest(scores, this.#all ? units.length : barsShown);
    const scale = new BarScale(
      units.flatMap(({ score, standardError }) => reach(score, standardError)),
      sign,
    );
    const share = shares(scores);
    const withErrors = units.some(({ standardError }) => standardError !== null);
    const rows = shown.map((index) => {
      const unit = units[index];
      return unit ? barRow(unit, index, scale, kind, withErrors, share[index] ?? 0) : element("tr");
    });
    if (rest.length > 0) {
      const total = rest.reduce((sum, index) => sum + (scores[index] ?? 0), 0);
      rows.push(restRow(rest.length, total, kind, withErrors, strings));
    }
    const columns = [strings.unit, "", strings.score, ...(withErrors ? [strings.standardError] : []), strings.share];
    const head = columns.map((text) =>
      text === "" ? element("td") : element("th", { text, attributes: { scope: "col" } }),
    );
    this.#table.replaceChildren(
      element("caption", { class: "unseen", text: fill(...title) }),
      element("thead", { class: "unseen" }, element("tr", {}, ...head)),
      element("tbody", {}, ...rows),
    );
    const expandable = units.length > barsShown + 1;
    this.#more.hidden = !expandable;
    setText(this.#more, this.#all ? strings.showFewer : fill(strings.showOthers, rest.length));
  }
}

function reach(score: number, error: number | null): number[] {
  // A whisker may leave the bar, but must not squeeze all bars into a corner while samples are still few.
  const whisker = Math.min(error ?? 0, Math.abs(score));
  return [score - whisker, score + whisker];
}

function barRow(
  unit: ScoredUnit,
  index: number,
  scale: BarScale,
  kind: ScoreKind,
  withErrors: boolean,
  share: number,
): HTMLTableRowElement {
  const { text, score, standardError } = unit;
  const track = element("div", { class: "track signed" }, scale.mark(0, "zero"));
  const tone = withinError(measuredUnit(unit)) ? "unsure" : kind === "signed" ? undefined : kind;
  track.append(scale.bar(0, score, tone));
  if (standardError !== null && Number.isFinite(standardError)) {
    track.append(scale.whisker(score, standardError));
  }
  const row = element(
    "tr",
    {},
    element("th", { class: "name", attributes: { scope: "row" } }, element("bdi", { text: visibleText(text) })),
    element("td", { class: "bar" }, track),
    element("td", { class: "number", text: shownScore(kind, score) }),
  );
  row.dataset.unit = String(index);
  if (withErrors) {
    row.append(element("td", { class: "number dim small error-column", text: shownError(standardError) }));
  }
  row.append(element("td", { class: "number dim small share-column", text: formatPercent(share) }));
  return row;
}

function restRow(
  count: number,
  total: number,
  kind: ScoreKind,
  withErrors: boolean,
  strings: PanelStrings,
): HTMLTableRowElement {
  const row = element(
    "tr",
    { class: "dim rest" },
    element("th", { class: "name", text: fill(strings.others, count), attributes: { scope: "row" } }),
    element("td", { class: "bar" }),
    element("td", { class: "number", text: shownScore(kind, total) }),
  );
  if (withErrors) {
    row.append(element("td", { class: "error-column" }));
  }
  row.append(element("td", { class: "share-column" }));
  return row;
}
