import type { Explanation } from "../../src/common/explanation";
import type { PanelStrings } from "../../src/common/panelStrings";
import { outcomesOf } from "../../src/common/prediction/registry";
import { Choice } from "../controls";
import { element, setText } from "../dom";
import { explainAgain } from "../explainAgain";
import type { HostConnection } from "../messages";

/** Stands for "nothing in particular" in the list of outputs; outputs stand as numbers, whatever their labels. */
const noVersus = "none";

/** What to explain: why one output, and where outputs compete, rather than which other. */
export class Question {
  readonly element = element("div", { class: "question" });
  readonly #host: HostConnection;
  readonly #whyLabel = element("span", { class: "dim" });
  readonly #ratherLabel = element("span", { class: "dim" });
  readonly #why = new Choice((chosen) => this.#ask(this.#label(chosen), null));
  readonly #rather = new Choice((chosen) => this.#ask(this.#explanation?.target.label, this.#label(chosen) ?? null));
  #explanation: Explanation | null = null;

  constructor(host: HostConnection, comparable: boolean) {
    this.#host = host;
    this.#ratherLabel.hidden = !comparable;
    this.#rather.element.hidden = !comparable;
    this.element.append(this.#whyLabel, this.#why.element, this.#ratherLabel, this.#rather.element);
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    this.#explanation = explanation;
    const { target } = explanation;
    const prediction = outcomesOf(explanation.prediction);
    setText(this.#whyLabel, strings.why);
    setText(this.#ratherLabel, strings.ratherThan);
    const options = prediction.map(({ label }, place) => ({ value: String(place), label }));
    const placeOf = (wanted: string | null): string => options.find(({ label }) => label === wanted)?.value ?? noVersus;
    this.#why.update(strings.why, options, placeOf(target.label));
    const others = options.filter(({ label }) => label !== target.label);
    this.#rather.update(
      strings.ratherThan,
      [{ value: noVersus, label: strings.nothingElse }, ...others],
      placeOf(target.versus),
    );
  }

  #ask(target: string | undefined, versus: string | null): void {
    if (target !== undefined) {
      explainAgain(this.#host, this.#explanation, { target, versus });
    }
  }

  #label(chosen: string): string | undefined {
    return chosen === noVersus
      ? undefined
      : this.#explanation
        ? outcomesOf(this.#explanation.prediction)[Number(chosen)]?.label
        : undefined;
  }
}
