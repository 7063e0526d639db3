import { studyText, summarise } from "../../../src/common/attentionStudy";
import { fieldsOf, isBoolean, isKeyOf, isOneOf, taken } from "../../../src/common/checks";
import type { Explanation } from "../../../src/common/explanation";
import type { PanelStudy, Place } from "../../../src/common/panelProtocol";
import { averageProfile } from "../../../src/common/profileMean";
import { element, setText } from "../../dom";
import type { Snapshot } from "../../store";
import { type SectionContext, type SectionView, section } from "../section";
import { ChangesPart } from "./changesPart";
import { FilePart } from "./filePart";
import { type AnalysisView, headFigureKinds } from "./headFigureKinds";
import { HeadsPart } from "./headsPart";
import { MissingMethods } from "./missingMethods";
import { OrdersPart } from "./ordersPart";
import { fileOrders, textOrders } from "./ordersTables";
import { unstudied } from "./unstudied";

/** Whether attention is an explanation of the text that is shown, or of the texts of a file, and how the heads look. */
export const analysisSection = section<AnalysisView>({
  id: "analysis",
  title: (strings) => strings.analysis,
  restore: (kept) => {
    const { figure, subject, changed } = fieldsOf(kept);
    return {
      figure: taken(figure, isKeyOf(headFigureKinds), "entropy"),
      subject: taken(subject, isOneOf("text", "file"), "text"),
      changed: taken(changed, isBoolean, false),
    };
  },
  make: (context) => new AnalysisSection(context),
});

class AnalysisSection implements SectionView {
  readonly element = element("div", {
    class: "analysis-view",
    attributes: { "data-vscode-context": JSON.stringify({ webviewSection: "analysis" }) },
  });
  readonly #context: SectionContext<AnalysisView>;
  readonly #problem = element("p", { class: "problem", attributes: { role: "status" } });
  readonly #body: HTMLElement;
  readonly #file: FilePart;
  readonly #missing: MissingMethods;
  readonly #orders = new OrdersPart();
  readonly #changes: ChangesPart;
  readonly #heads: HeadsPart;
  #drawn: { readonly explanation: Explanation | null; readonly snapshot: Snapshot } | null = null;

  constructor(context: SectionContext<AnalysisView>) {
    this.#context = context;
    this.#file = new FilePart(context);
    this.#missing = new MissingMethods(context.host, () => this.#redraw());
    this.#changes = new ChangesPart(context.host, () => this.#redraw());
    this.#heads = new HeadsPart(context, () => this.#redraw());
    const question = element(
      "section",
      { class: "verdict-of-attention" },
      this.#orders.verdict,
      this.#missing.element,
      this.#file.asked,
    );
    this.#body = element("div", {}, question, this.#orders.element, this.#changes.element, this.#heads.element);
    this.element.append(this.#file.header, this.#problem, this.#body);
  }

  update(explanation: Explanation, snapshot: Snapshot): void {
    this.#draw(explanation, snapshot);
  }

  updateAlone(snapshot: Snapshot): void {
    this.#draw(null, snapshot);
  }

  show(place: Place): boolean {
    if (!("analysis" in place)) {
      return false;
    }
    this.#context.view.set({ subject: "file" });
    this.#context.open();
    return true;
  }

  repaint(): void {
    this.#heads.repaint();
  }

  #draw(explanation: Explanation | null, snapshot: Snapshot): void {
    this.#drawn = { explanation, snapshot };
    const { study, strings } = snapshot;
    const { subject, changed } = this.#context.view.value;
    const ofFile = explanation === null || subject === "file" ? study : null;
    this.#file.update(ofFile ? "file" : "text", study, explanation !== null, changed, strings);
    if (ofFile) {
      this.#drawFile(ofFile, snapshot);
    } else if (explanation) {
      this.#drawText(explanation, changed, snapshot);
    }
  }

  #drawFile({ study }: PanelStudy, { strings }: Snapshot): void {
    this.#problem.hidden = true;
    this.#body.hidden = study === null;
    this.#missing.element.hidden = true;
    if (study) {
      this.#orders.update(study, () => ({ study, table: fileOrders(study, strings) }), strings);
      this.#changes.show(study.changes, study.unchanged, strings);
      this.#heads.show(study.profile, strings);
    }
  }

  #drawText(explanation: Explanation, changed: boolean, { status, strings }: Snapshot): void {
    this.#problem.hidden = explanation.attention !== null;
    this.#body.hidden = explanation.attention === null;
    if (explanation.attention === null) {
      setText(this.#problem, strings.noAttention);
      return;
    }
    this.#missing.update(explanation, status, strings);
    const complete = unstudied(explanation).length === 0;
    const make = () => {
      const text = studyText(explanation, averageProfile([]));
      return { study: summarise([text]), table: textOrders(text.pairs, strings) };
    };
    this.#orders.update(complete ? explanation : null, make, strings);
    this.#changes.update(explanation, changed, strings);
    this.#heads.update(explanation, strings);
  }

  #redraw(): void {
    if (this.#drawn && !this.element.hidden) {
      this.#draw(this.#drawn.explanation, this.#drawn.snapshot);
    }
  }
}
