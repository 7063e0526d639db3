import { formatPercent } from "../../../src/common/format";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { Check } from "../../controls";
import { element, setText } from "../../dom";
import { strongestColumns } from "../../pictures/attentionMath";
import type { Cell } from "../../pictures/gridFocus";
import { formatWeight, type PictureModel, valueAt } from "../../pictures/picture";
import type { ViewPart } from "../section";
import type { HeadsView } from "./headsView";

const rowsShown = 6;

interface StrongRow {
  readonly row: HTMLTableRowElement;
  readonly name: HTMLElement;
  readonly bar: HTMLElement;
  readonly value: HTMLElement;
}

/** What is under the pointer in words and numbers, the strongest of its row, and what is shown at all. */
export class HeadReadout {
  readonly element = element("aside", { class: "readout" });
  readonly #fromTo = element("h3");
  readonly #pair = element("p", { class: "pair" });
  readonly #from = element("bdi");
  readonly #to = element("bdi");
  readonly #value = element("p", { class: "value numbers" });
  readonly #hidden = element("p", { class: "small dim numbers" });
  readonly #title = element("h3");
  readonly #table = element("table", { class: "bars strongest" });
  readonly #caption = element("caption", { class: "unseen" });
  readonly #rows: StrongRow[] = [];
  readonly #nothing = element("p", { class: "small dim" });
  readonly #massText = element("label", { class: "numbers" });
  readonly #mass = element("input", { attributes: { type: "range", min: "1", max: "100", step: "1" } });
  readonly #special: Check;
  readonly #renormalise: Check;
  readonly #spoken = element("p", { class: "unseen", attributes: { "aria-live": "polite" } });
  #drawnRow = -1;
  #drawnModel: PictureModel | null = null;

  constructor(view: ViewPart<HeadsView>) {
    this.#special = new Check((showSpecial) => view.set({ showSpecial }));
    this.#renormalise = new Check((renormalise) => view.set({ renormalise }));
    this.#mass.id = "top-mass";
    this.#massText.htmlFor = this.#mass.id;
    this.#mass.addEventListener("input", () => view.set({ topMass: Number(this.#mass.value) }));
    this.#pair.append(this.#from, " → ", this.#to);
    const body = element("tbody");
    for (let index = 0; index < rowsShown; index++) {
      const strong = strongRow();
      this.#rows.push(strong);
      body.append(strong.row);
    }
    this.#table.append(this.#caption, body);
    const numbers = element(
      "div",
      { class: "readout-numbers" },
      element("div", { class: "here" }, this.#fromTo, this.#pair, this.#value, this.#hidden),
      element("div", {}, this.#title, this.#table, this.#nothing),
    );
    const checks = element("div", { class: "checks" }, this.#special.element, this.#renormalise.element);
    const settings = element("div", { class: "readout-settings" }, this.#massText, this.#mass, checks);
    this.element.append(numbers, settings, this.#spoken);
  }

  /** Draws the controls; `withNumbers` false leaves only them, for pictures that have their own readout. */
  update({ showSpecial, renormalise, topMass }: HeadsView, strings: PanelStrings, withNumbers: boolean): void {
    this.element.classList.toggle("settings-only", !withNumbers);
    this.#hidden.classList.toggle("two-lines", !showSpecial);
    setText(this.#fromTo, strings.fromTo);
    setText(this.#title, strings.strongestInRow);
    setText(this.#caption, strings.strongestInRow);
    setText(this.#nothing, strings.nothingShown);
    setText(this.#massText, fill(strings.topMass, `${topMass} %`));
    if (this.#mass.value !== String(topMass)) {
      this.#mass.value = String(topMass);
    }
    this.#special.update(strings.specialTokens, showSpecial);
    this.#renormalise.update(strings.renormalise, renormalise);
  }

  /** Shows one cell; `aloud` also tells a screen reader. */
  point(model: PictureModel, cell: Cell, strings: PanelStrings, aloud: boolean): void {
    setText(this.#from, model.rowLabels[cell.row]?.text ?? "");
    setText(this.#to, model.columnLabels[cell.column]?.text ?? "");
    setText(this.#value, formatWeight(valueAt(model, cell)));
    if (cell.row !== this.#drawnRow || model !== this.#drawnModel) {
      this.#drawnRow = cell.row;
      this.#drawnModel = model;
      this.#drawRow(model, cell.row, strings);
    }
    if (aloud) {
      setText(this.#spoken, model.cellText(cell));
    }
  }

  #drawRow(model: PictureModel, row: number, strings: PanelStrings): void {
    const found = strongestColumns(model.shaped, row, rowsShown);
    const largest = found[0]?.value ?? 1;
    this.#rows.forEach((strong, index) => {
      const entry = found[index];
      strong.row.classList.toggle("empty", entry === undefined);
      strong.row.ariaHidden = entry === undefined ? "true" : null;
      setText(strong.name, entry ? (model.columnLabels[entry.column]?.text ?? "") : "");
      setText(strong.value, entry ? formatWeight(entry.value) : "");
      strong.bar.style.transform = `scaleX(${entry ? entry.value / largest : 0})`;
    });
    this.#nothing.hidden = found.length > 0;
    const hidden = model.shaped.hiddenMass[row] ?? 0;
    setText(
      this.#hidden,
      hidden > 0.0005 ? fill(strings.rowHidden, formatPercent(hidden).replaceAll(" ", "\u00a0")) : "",
    );
  }
}

function strongRow(): StrongRow {
  const name = element("bdi");
  const bar = element("div", { class: "fill attention" });
  const value = element("td", { class: "number" });
  const row = element(
    "tr",
    {},
    element("th", { class: "name", attributes: { scope: "row" } }, name),
    element("td", { class: "bar" }, element("div", { class: "track plain-track" }, bar)),
    value,
  );
  return { row, name, bar, value };
}
