import type { PanelStatus } from "../../src/common/panelProtocol";
import type { PanelStrings } from "../../src/common/panelStrings";
import { element, setText, uniqueId } from "../dom";
import type { HostConnection } from "../messages";

/** What a person has said beside the text, in a field: another question, second text or list of labels has the text explained again. */
export class BesideField {
  readonly element = element("form", { class: "beside" });
  readonly #host: HostConnection;
  readonly #label = element("label", { class: "dim small" });
  readonly #input = element("input", { attributes: { type: "text", maxlength: "20000", dir: "auto" } });
  readonly #submit = element("button", { class: "link", attributes: { type: "submit" } });
  #said = "";

  constructor(host: HostConnection) {
    this.#host = host;
    this.#input.id = uniqueId("beside");
    this.#label.htmlFor = this.#input.id;
    this.element.append(this.#label, this.#input, this.#submit);
    this.#input.addEventListener("input", () => this.#offer());
    this.#input.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") {
        this.#input.value = this.#said;
        this.#offer();
      }
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#submit.hidden) {
        this.#host.tell("explainBeside", { text: this.#input.value.trim() });
      }
    });
  }

  update(beside: PanelStatus["beside"], strings: PanelStrings): void {
    this.element.hidden = beside === null;
    if (!beside) {
      return;
    }
    const names = { question: strings.questionText, pair: strings.secondText, labels: strings.ownLabels };
    setText(this.#label, names[beside.kind]);
    setText(this.#submit, strings.explainAgain);
    // What is being written stays while a run goes on.
    if (beside.text !== this.#said) {
      this.#said = beside.text;
      this.#input.value = beside.text;
    }
    this.#offer();
  }

  /** Offers to explain again where there is something else to ask. */
  #offer(): void {
    const now = this.#input.value.trim();
    this.#submit.hidden = now === "" || now === this.#said;
  }
}
