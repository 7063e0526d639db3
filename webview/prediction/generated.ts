import type { Explanation } from "../../src/common/explanation";
import { formatPercent } from "../../src/common/format";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { GeneratedStep } from "../../src/common/prediction/generated";
import { fill } from "../../src/common/words";
import { element, visibleText } from "../dom";
import { explainAgain } from "../explainAgain";
import type { HostConnection } from "../messages";
import { forAndAgainst, probable } from "./classes";
import { OutputsView } from "./outputs";
import type { PredictionDrawing, PredictionView } from "./prediction";

const format = probable(
  (strings) => strings.likelyTokens,
  (strings) => strings.tokenLabel,
);

/** What a language model wrote, each token a button that asks why it came; and what could have come at the place of the one that is explained. */
class GeneratedView implements PredictionView {
  readonly element = element("div");
  readonly #host: HostConnection;
  readonly #text = element("p", { class: "continuation", attributes: { dir: "auto" } });
  readonly #outputs: OutputsView;
  #explanation: Explanation | null = null;

  constructor(host: HostConnection) {
    this.#host = host;
    this.#outputs = new OutputsView(host, format);
    this.element.append(this.#text, this.#outputs.element);
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    const { prediction } = explanation;
    this.#outputs.update(explanation, strings);
    if (explanation === this.#explanation || prediction.kind !== "generated") {
      return;
    }
    this.#explanation = explanation;
    this.#text.setAttribute("aria-label", strings.continuation);
    this.#text.replaceChildren(
      ...prediction.steps.map((step, place) => this.#token(step, place, place === prediction.step, strings)),
    );
  }

  #token(step: GeneratedStep, place: number, isExplained: boolean, strings: PanelStrings): HTMLElement {
    const likely = step.alternatives.map(
      ({ word, logProbability }) => `${visibleText(word)} ${formatPercent(Math.exp(logProbability))}`,
    );
    return element("button", {
      class: "generated",
      text: step.text === "" ? visibleText(step.piece) : step.text,
      attributes: {
        type: "button",
        "aria-pressed": String(isExplained),
        title: [fill(strings.whyToken, visibleText(step.text || step.piece)), ...likely].join("\n"),
      },
      on: {
        click: () => explainAgain(this.#host, this.#explanation, { position: place, target: null, versus: null }),
      },
    });
  }
}

/** A continuation and why one token of it came, rather than another. */
export const generatedDrawing: PredictionDrawing = {
  make: (host) => new GeneratedView(host),
  hues: forAndAgainst,
};
