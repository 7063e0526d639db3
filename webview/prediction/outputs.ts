import type { Explanation } from "../../src/common/explanation";
import { formatOutput } from "../../src/common/format";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { Outcome } from "../../src/common/prediction/form";
import { headlineOf, outcomesOf } from "../../src/common/prediction/registry";
import { fill, maskedWords } from "../../src/common/words";
import { linkButton } from "../controls";
import { element, setParts, setText } from "../dom";
import type { HostConnection } from "../messages";
import type { PredictionView } from "./prediction";
import { Question } from "./question";

const outputsShown = 8;

/** How one kind of output is listed. */
export interface OutputsFormat {
  /** One can be explained rather than another. */
  readonly comparable: boolean;
  /** Whether so many outputs are worth a list, and a choice. */
  readonly worthListing: (count: number) => boolean;
  readonly caption: (strings: PanelStrings) => string;
  /** What stands above them; what is said of the prediction in a few words where left out. */
  readonly headline?: (prediction: Explanation["prediction"]) => readonly Outcome[];
  /** Names of the columns; an empty one has no heading. */
  readonly columns: (strings: PanelStrings) => readonly string[];
  readonly row: (score: Outcome, strings: PanelStrings) => readonly HTMLElement[];
  /** The cells, after the name, of those that are not listed. */
  readonly rest: (rest: readonly Outcome[]) => readonly HTMLElement[];
}

/** A prediction of labelled outputs: the first as the headline, what to explain, and all of them in a table. */
export class OutputsView implements PredictionView {
  readonly element = element("div");
  readonly #format: OutputsFormat;
  readonly #headline = element("h1");
  readonly #question: Question;
  readonly #table = element("table", { class: "classes" });
  readonly #more = linkButton(() => this.#toggle());
  #explanation: Explanation | null = null;
  #strings: PanelStrings | null = null;
  #all = false;

  constructor(host: HostConnection, format: OutputsFormat) {
    this.#format = format;
    this.#question = new Question(host, format.comparable);
    const headline = element("div", { class: "headline" }, this.#headline, this.#question.element);
    this.element.append(headline, this.#table, this.#more);
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    const listed = this.#format.worthListing(outcomesOf(explanation.prediction).length);
    this.#question.element.hidden = !listed;
    this.#question.update(explanation, strings);
    if (explanation !== this.#explanation || strings !== this.#strings) {
      this.#explanation = explanation;
      this.#strings = strings;
      this.#table.hidden = !listed;
      this.#draw(explanation, strings);
    }
  }

  #toggle(): void {
    this.#all = !this.#all;
    if (this.#explanation && this.#strings) {
      this.#draw(this.#explanation, this.#strings);
    }
  }

  #draw(explanation: Explanation, strings: PanelStrings): void {
    const prediction = outcomesOf(explanation.prediction);
    const top = prediction[0];
    if (!top) {
      return;
    }
    setParts(this.#headline, [
      ...(this.#format.headline ?? headlineOf)(explanation.prediction).flatMap((outcome, place) => [
        ...(place > 0 ? [", "] : []),
        element("bdi", { text: outcome.label }),
        ` ${formatOutput(outcome)}`,
      ]),
      ...maskedWords(explanation, fill, strings).map((words) =>
        element("span", { class: "small dim", text: ` · ${words}` }),
      ),
    ]);
    const rest = prediction.length > outputsShown + 1 ? prediction.slice(outputsShown) : [];
    const shown = this.#all || rest.length === 0 ? prediction : prediction.slice(0, outputsShown);
    const { caption, columns, row, rest: restCells } = this.#format;
    const rows = shown.map((score) => element("tr", {}, ...row(score, strings)));
    if (rest.length > 0 && !this.#all) {
      rows.push(element("tr", { class: "dim" }, nameCell(fill(strings.others, rest.length)), ...restCells(rest)));
    }
    const heads = columns(strings).map((text) =>
      text === "" ? element("td") : element("th", { text, attributes: { scope: "col" } }),
    );
    this.#table.replaceChildren(
      element("caption", { class: "unseen", text: caption(strings) }),
      element("thead", { class: "unseen" }, element("tr", {}, ...heads)),
      element("tbody", {}, ...rows),
    );
    this.#more.hidden = rest.length === 0;
    setText(this.#more, this.#all ? strings.showFewer : fill(strings.showOthers, rest.length));
  }
}

/** The first cell of a row: what the output is called. */
export function nameCell(text: string): HTMLElement {
  return element("th", { text, class: "name", attributes: { scope: "row", dir: "auto" } });
}
