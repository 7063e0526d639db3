import type { Explanation } from "../../src/common/explanation";
import { formatOutput } from "../../src/common/format";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { Entity } from "../../src/common/prediction/entities";
import { fill, maskedWords } from "../../src/common/words";
import { Choice } from "../controls";
import { element, setParts, setText, visibleText } from "../dom";
import { explainAgain } from "../explainAgain";
import type { HostConnection } from "../messages";
import { filled } from "../words";
import type { PredictionDrawing, PredictionView } from "./prediction";

/** Entities as chips in the order of the text, of which a click explains one; and why it is this rather than what. */
class EntitiesView implements PredictionView {
  readonly element = element("div");
  readonly #host: HostConnection;
  readonly #headline = element("h1");
  readonly #why = element("span", { class: "dim" });
  readonly #rather = new Choice((versus) => this.#ask(this.#explanation?.target.label ?? null, versus));
  readonly #chips = element("ul", { class: "chips" });
  #explanation: Explanation | null = null;

  constructor(host: HostConnection) {
    this.#host = host;
    const question = element("div", { class: "question" }, this.#why, this.#rather.element);
    const headline = element("div", { class: "headline" }, this.#headline, question);
    this.element.append(headline, this.#chips);
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    const { prediction, target, model } = explanation;
    if (prediction.kind !== "entities") {
      return;
    }
    this.#explanation = explanation;
    const { entities } = prediction;
    const asked = entities.find((entity) => isAt(entity, explanation));
    const token = explanation.tokens[target.position ?? -1]?.text ?? "";
    setParts(this.#headline, [
      element("bdi", { text: visibleText(asked?.text ?? token) }),
      ` ${target.label}${asked ? ` ${formatOutput(asked)}` : ""}`,
      ...maskedWords(explanation, fill, strings).map((words) =>
        element("span", { class: "small dim", text: ` · ${words}` }),
      ),
    ]);
    setText(this.#why, `${strings.why} ${target.label} ${strings.ratherThan}`);
    const options = model.labels.map((label) => ({ value: label, label }));
    const versus =
      options.some(({ value }) => value === target.versus) || target.versus === null ? [] : [target.versus];
    this.#rather.update(
      strings.ratherThan,
      [...versus.map((label) => ({ value: label, label })), ...options],
      target.versus ?? "",
    );
    this.#chips.setAttribute("aria-label", strings.entities);
    this.#chips.replaceChildren(
      ...entities.map((entity) => this.#chip(entity, explanation)),
      ...(entities.length === 0 ? [element("li", { class: "dim", text: strings.noEntities })] : []),
    );
  }

  #chip(entity: Entity, explanation: Explanation): HTMLElement {
    const button = element(
      "button",
      {
        class: "chip",
        attributes: { type: "button", "aria-pressed": String(isAt(entity, explanation)) },
        on: {
          click: () =>
            explainAgain(this.#host, explanation, { target: null, versus: null, position: entity.tokens[0] ?? null }),
        },
      },
      element("bdi", { text: visibleText(entity.text) }),
      element("span", { class: "kind", text: entity.label }),
      element("span", { class: "dim", text: formatOutput(entity) }),
    );
    return element("li", {}, button);
  }

  #ask(target: string | null, versus: string): void {
    const position = this.#explanation?.target.position ?? null;
    explainAgain(this.#host, this.#explanation, { target, versus, position });
  }
}

/** Whether an entity is the one that is explained. */
function isAt({ tokens }: Entity, { target: { position } }: Explanation): boolean {
  return position !== null && tokens.includes(position);
}

/** Entities in a text: why the label of one, rather than none or another. */
export const entitiesDrawing: PredictionDrawing = {
  make: (host) => new EntitiesView(host),
  hues: ({ label, versus }, _classes, strings) => ({
    against: versus === null ? [strings.legendAgainst] : filled(strings.legendFor, versus),
    supports: filled(strings.legendFor, label),
  }),
};
