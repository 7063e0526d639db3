import { ExplainError } from "../../../src/common/errors";
import type { Explanation } from "../../../src/common/explanation";
import { formatOutput } from "../../../src/common/format";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { type Outcome, outcomeName } from "../../../src/common/prediction/form";
import { outcomesOf } from "../../../src/common/prediction/registry";
import type { ScoredUnit } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { attentionKey } from "../../attentionKey";
import { linkButton, pushButton } from "../../controls";
import { element, setText, visibleText } from "../../dom";
import { explainAgain } from "../../explainAgain";
import { type HostConnection, Latest } from "../../messages";
import { sentence } from "../../words";

/** What if these tokens were not there: asks for the prediction and shows how it moves. */
export class MaskTrial {
  readonly element = element("section", { class: "trial" });
  readonly #host: HostConnection;
  readonly #onReset: () => void;
  readonly #title = element("h2");
  readonly #line = element("p", { class: "numbers", attributes: { "aria-live": "polite" } });
  readonly #moves = element("table", { class: "bars moves" });
  readonly #buttons = element("div", { class: "buttons" });
  readonly #explain: HTMLElement;
  readonly #reset: HTMLButtonElement;
  readonly #latest = new Latest();
  #explanation: Explanation | null = null;
  #masked: readonly number[] = [];
  #asked = "";
  #strings: PanelStrings | null = null;

  constructor(host: HostConnection, onReset: () => void) {
    this.#host = host;
    this.#onReset = onReset;
    this.#explain = pushButton(true, () => explainAgain(host, this.#explanation, { masked: this.#masked }));
    this.#reset = linkButton(() => this.#onReset());
    this.#buttons.append(this.#explain, this.#reset);
    this.element.append(this.#title, this.#line, this.#moves, this.#buttons);
  }

  /** Shows the masked tokens; when they differ from those of the explanation, asks the model at once. */
  update(
    explanation: Explanation,
    units: readonly ScoredUnit[],
    masked: ReadonlySet<number>,
    strings: PanelStrings,
  ): void {
    const list = [...masked].sort((a, b) => a - b);
    const question = `${list.join()} ${attentionKey(explanation)}`;
    const asked = question !== this.#asked;
    this.#asked = question;
    this.#explanation = explanation;
    this.#masked = list;
    this.#strings = strings;
    setText(this.#title, strings.tryIt);
    setText(this.#explain, list.length > 0 ? strings.explainMasked : strings.explainUnmasked);
    setText(this.#reset, strings.reset);
    const same = list.join() === [...explanation.masked].sort((a, b) => a - b).join();
    this.#explain.hidden = same;
    this.#reset.hidden = list.length === 0;
    this.#buttons.hidden = same && list.length === 0;
    this.element.classList.toggle("moving", !same);
    const names = units.filter((unit) => unit.tokens.some((token) => masked.has(token))).map(({ text }) => text);
    this.#drawLine(
      names,
      same ? strings.clickToMask : strings.nothingMasked,
      same ? strings.maskedThroughout : strings.maskedNow,
    );
    if (same) {
      this.#latest.begin();
      this.#moves.hidden = true;
    } else if (asked) {
      void this.#ask(explanation, list);
    }
  }

  #drawLine(names: readonly string[], none: string, some: string): void {
    if (names.length === 0) {
      this.#line.replaceChildren(element("span", { class: "dim", text: none }));
      return;
    }
    const [before = "", after = ""] = some.split("{0}");
    const words = names.flatMap((name, index) => [
      ...(index > 0 ? [", "] : []),
      element("bdi", { class: "strong", text: visibleText(name) }),
    ]);
    this.#line.replaceChildren(
      element("span", { class: "dim", text: before }),
      ...words,
      element("span", { class: "dim", text: after }),
    );
  }

  async #ask(explanation: Explanation, masked: readonly number[]): Promise<void> {
    const current = this.#latest.begin();
    this.element.setAttribute("aria-busy", "true");
    try {
      const { prediction } = await this.#host.request("predictMasked", { masked });
      if (current()) {
        this.#drawMoves(outcomesOf(explanation.prediction), outcomesOf(prediction));
      }
    } catch (thrown) {
      if (current()) {
        this.#asked = "";
        this.#moves.hidden = true;
        this.#line.append(" ", element("span", { class: "problem", text: sentence(ExplainError.from(thrown).text) }));
      }
    } finally {
      if (current()) {
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  #drawMoves(before: readonly Outcome[], after: readonly Outcome[]): void {
    const strings = this.#strings;
    const shown = [before[0], after[0], before[1]].flatMap((outcome) => (outcome ? [outcomeName(outcome)] : []));
    if (!strings) {
      return;
    }
    const rows = [...new Set(shown)].flatMap((name) => {
      const from = before.find((outcome) => outcomeName(outcome) === name);
      const to = after.find((outcome) => outcomeName(outcome) === name);
      return from && to ? [moveRow(from, to, strings)] : [];
    });
    this.#moves.hidden = false;
    this.#moves.replaceChildren(
      element("caption", { class: "unseen", text: strings.tryIt }),
      element("tbody", {}, ...rows),
    );
  }
}

function moveRow(from: Outcome, to: Outcome, strings: PanelStrings): HTMLTableRowElement {
  const track =
    to.probability !== null && from.probability !== null ? [moveTrack(from.probability, to.probability)] : [];
  return element(
    "tr",
    {},
    element("th", { class: "name", text: visibleText(outcomeName(from)), attributes: { scope: "row", dir: "auto" } }),
    element("td", { class: "bar" }, ...track),
    element("td", {
      class: "number move",
      text: fill(strings.movedFromTo, "", formatOutput(from), formatOutput(to)).trim(),
    }),
  );
}

function moveTrack(from: number, to: number): HTMLElement {
  const bar = element("div", { class: "fill" });
  bar.style.width = `${to * 100}%`;
  const was = element("div", { class: "was" });
  was.style.left = `${from * 100}%`;
  return element("div", { class: "track" }, bar, was);
}
