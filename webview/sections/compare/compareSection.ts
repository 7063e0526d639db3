import { fieldsOf, isBoolean, isText, orNull, taken } from "../../../src/common/checks";
import { colourSign } from "../../../src/common/classColours";
import type { Explanation } from "../../../src/common/explanation";
import { mostFaithful } from "../../../src/common/faithful";
import { formatCount } from "../../../src/common/format";
import { measures } from "../../../src/common/measure";
import { isMethodId, type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelPlan, PanelStatus, Place } from "../../../src/common/panelProtocol";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { pushButton } from "../../controls";
import { element, setText } from "../../dom";
import { highlighter } from "../../highlighter";
import { MenuButton, type MenuItem } from "../../menuButton";
import { costWords, PulledPlan } from "../../pulledPlan";
import type { Snapshot } from "../../store";
import { sentence } from "../../words";
import { type SectionContext, type SectionView, section } from "../section";
import { type CompareColumn, type CompareSort, compareColumns, sorted } from "./compareColumns";
import { type Comparison, comparisonOf } from "./compareRows";
import { FiguresTable } from "./figuresTable";
import { MeasureCurves } from "./measureCurves";
import { MethodTexts } from "./methodTexts";

/** Methods side by side over the same words, how far each can be trusted, and further ones to add. */
export const compareSection = section<CompareSort>({
  id: "compare",
  title: (strings) => strings.compare,
  restore: (kept) => {
    const { column, descending } = fieldsOf(kept);
    return { column: taken(column, orNull(isText), null), descending: taken(descending, isBoolean, false) };
  },
  make: (context) => new CompareSection(context),
});

class CompareSection implements SectionView {
  readonly element = element("div", { class: "compare-view" });
  readonly #context: SectionContext<CompareSort>;
  readonly #title = element("h2");
  readonly #add: MenuButton;
  readonly #texts: MethodTexts;
  readonly #trust = element("h2");
  readonly #figures: FiguresTable;
  readonly #curves = new MeasureCurves();
  readonly #verdict = element("p", { class: "small", attributes: { "aria-live": "polite" } });
  readonly #helps = element("ul", { class: "small dim helps" });
  readonly #measure: HTMLElement;
  readonly #check: HTMLElement;
  readonly #plan: PulledPlan;
  #comparison: { readonly explanation: Explanation; readonly question: string; readonly found: Comparison } | null =
    null;
  #offered: { readonly text: string; readonly methods: PanelPlan["methods"] } | null = null;
  #drawn: { readonly explanation: Explanation; readonly snapshot: Snapshot } | null = null;

  constructor(context: SectionContext<CompareSort>) {
    const { host } = context;
    this.#context = context;
    this.#add = new MenuButton((method) => isMethodId(method) && host.tell("addMethod", { method }));
    this.#texts = new MethodTexts({ choose: (method) => this.#choose(method), point: highlighter(host) });
    this.#figures = new FiguresTable((column) => this.#sort(column));
    this.#measure = pushButton(true, () => host.tell("measure", { byRunningAgain: false }));
    this.#check = pushButton(true, () => host.tell("measure", { byRunningAgain: true }));
    this.#plan = new PulledPlan(host, () => this.#redraw());
    this.element.append(
      element(
        "section",
        {},
        element("div", { class: "bar-of-controls" }, this.#title, this.#add.element),
        this.#texts.element,
      ),
      element(
        "section",
        {},
        element(
          "div",
          { class: "bar-of-controls" },
          this.#trust,
          element("div", { class: "controls" }, this.#measure, this.#check),
        ),
        this.#figures.element,
        this.#verdict,
        this.#helps,
      ),
      this.#curves.element,
    );
  }

  update(explanation: Explanation, snapshot: Snapshot): void {
    this.#drawn = { explanation, snapshot };
    const { status, strings } = snapshot;
    this.#plan.ask(explanation, status);
    const comparison = this.#compared(explanation, status);
    const columns = compareColumns(comparison, strings);
    const sort = this.#context.view.value;
    const rows = sorted(comparison.rows, columns, sort);
    setText(this.#title, strings.sameWords);
    setText(this.#trust, strings.howFarToTrust);
    this.#texts.update({
      explanation,
      // Random scores that were measured, but are no method's here, have no words of their own.
      rows: rows.filter(({ attribution, refused }) => attribution ?? refused),
      sign: colourSign(explanation, status?.classColours ?? null),
      shown: [status?.importance, status?.attention].flatMap((method) => method ?? []),
      strings,
    });
    this.#figures.update(
      rows.filter(({ refused }) => refused === null),
      columns,
      sort,
      strings,
    );
    this.#curves.update(comparison, strings);
    this.#drawOffers(explanation, status, comparison, strings);
    this.#drawVerdict(explanation, columns, strings);
  }

  repaint(): void {
    this.#curves.repaint();
  }

  show(place: Place): boolean {
    if (!("methods" in place)) {
      return false;
    }
    this.#context.open();
    return true;
  }

  #redraw(): void {
    if (this.#drawn) {
      this.update(this.#drawn.explanation, this.#drawn.snapshot);
    }
  }

  #choose(method: MethodId): void {
    this.#context.host.tell("chooseMethod", { method });
    this.#context.store.setView({ method });
  }

  #sort({ id, largeFirst = false }: CompareColumn): void {
    const { column, descending } = this.#context.view.value;
    this.#context.view.set({ column: id, descending: column === id ? !descending : largeFirst });
  }

  /** What there is to compare, found once for each explanation: a status comes ten times a second. */
  #compared(explanation: Explanation, status: PanelStatus | null): Comparison {
    const question = JSON.stringify([status?.importance, status?.refused]);
    if (this.#comparison?.explanation !== explanation || this.#comparison.question !== question) {
      this.#comparison = { explanation, question, found: comparisonOf(explanation, status) };
    }
    return this.#comparison.found;
  }

  #drawOffers(
    { text, attributions }: Explanation,
    status: PanelStatus | null,
    { unmeasured, unchecked }: Comparison,
    strings: PanelStrings,
  ): void {
    const plan = this.#plan.value;
    const isIdle = status?.progress === null;
    const known = new Set(attributions.map(({ method }) => method));
    // While a plan is asked for, and during a run, which others can wait for, the last one of the text stands: what is hidden loses the focus.
    if (plan || this.#offered?.text !== text) {
      this.#offered = { text, methods: plan?.methods ?? [] };
    }
    const items = this.#offered.methods.filter(({ method }) => !known.has(method)).map((one) => offer(one, strings));
    this.#add.update(strings.addMethod, items);
    this.#add.element.hidden = items.length === 0;
    this.#measure.hidden = !isIdle || unmeasured === 0 || plan === null;
    setText(this.#measure, fill(strings.measureThese, formatCount(plan?.measuring ?? 0)));
    this.#check.hidden = !isIdle || unchecked === 0 || plan === null;
    setText(this.#check, fill(strings.checkThese, formatCount(plan?.checking ?? 0)));
  }

  /** Which method is the most faithful, and what the figures say. */
  #drawVerdict(explanation: Explanation, columns: readonly CompareColumn[], strings: PanelStrings): void {
    const best = mostFaithful(explanation.measures);
    const measure = best && measures[best.measure].label;
    this.#verdict.hidden = best === null;
    setText(
      this.#verdict,
      best === null
        ? ""
        : best.method === null
          ? fill(strings.noneBeatsRandom, measure ?? "")
          : fill(strings.mostFaithful, measure ?? "", methodInfo(best.method).label),
    );
    const helps = columns.flatMap(({ help }) => help ?? []);
    this.#helps.replaceChildren(...helps.map((text) => element("li", { text })));
  }
}

function offer({ method, evaluations, why }: PanelPlan["methods"][number], strings: PanelStrings): MenuItem {
  return {
    id: method,
    label: methodInfo(method).label,
    detail: why ? sentence(why) : costWords(evaluations ?? 0, strings),
    disabled: why !== null,
  };
}
