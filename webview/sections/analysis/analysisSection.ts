import { fieldsOf, isKeyOf, taken } from "../../../src/common/checks";
import type { Explanation } from "../../../src/common/explanation";
import { element, setText } from "../../dom";
import type { Snapshot } from "../../store";
import { type SectionContext, type SectionView, section } from "../section";
import { type AnalysisView, headFigureKinds } from "./headFigureKinds";
import { HeadsPart } from "./headsPart";
import { MissingMethods } from "./missingMethods";
import { OrdersPart } from "./ordersPart";
import { unstudied } from "./unstudied";

/** Whether attention is an explanation of the text that is shown, and how the heads look at it. */
export const analysisSection = section<AnalysisView>({
  id: "analysis",
  title: (strings) => strings.analysis,
  restore: (kept) => ({ figure: taken(fieldsOf(kept).figure, isKeyOf(headFigureKinds), "entropy") }),
  make: (context) => new AnalysisSection(context),
});

class AnalysisSection implements SectionView {
  readonly element = element("div", { class: "analysis-view" });
  readonly #problem = element("p", { class: "problem", attributes: { role: "status" } });
  readonly #body: HTMLElement;
  readonly #missing: MissingMethods;
  readonly #orders = new OrdersPart();
  readonly #heads: HeadsPart;
  #drawn: { readonly explanation: Explanation; readonly snapshot: Snapshot } | null = null;

  constructor(context: SectionContext<AnalysisView>) {
    this.#missing = new MissingMethods(context.host, () => this.#redraw());
    this.#heads = new HeadsPart(context, () => this.#redraw());
    const question = element(
      "section",
      { class: "verdict-of-attention" },
      this.#orders.verdict,
      this.#missing.element,
      this.#orders.caution,
    );
    this.#body = element("div", {}, question, this.#orders.element, this.#heads.element);
    this.element.append(this.#problem, this.#body);
  }

  update(explanation: Explanation, snapshot: Snapshot): void {
    this.#drawn = { explanation, snapshot };
    const { status, strings } = snapshot;
    this.#problem.hidden = explanation.attention !== null;
    this.#body.hidden = explanation.attention === null;
    if (explanation.attention === null) {
      setText(this.#problem, strings.noAttention);
      return;
    }
    this.#missing.update(explanation, status, strings);
    this.#orders.update(explanation, unstudied(explanation).length === 0, strings);
    this.#heads.update(explanation, strings);
  }

  repaint(): void {
    this.#heads.repaint();
  }

  #redraw(): void {
    if (this.#drawn && !this.element.hidden) {
      this.update(this.#drawn.explanation, this.#drawn.snapshot);
    }
  }
}
