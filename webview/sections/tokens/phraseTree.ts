import type { Attribution, Explanation, UnitKind } from "../../../src/common/explanation";
import { formatScore } from "../../../src/common/format";
import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { type ScoredUnit, scoredClauses, scoredUnits, shownUnits, unitBuckets } from "../../../src/common/scoredUnits";
import { element, setText, visibleText } from "../../dom";

/** The parts of a text, from the coarsest to the finest: sentences, clauses, words and tokens, as far as the scores go. */
function levelsOf(explanation: Explanation, attribution: Attribution): (readonly ScoredUnit[])[] {
  const units = (kind: UnitKind) =>
    shownUnits(attribution, kind) === kind ? scoredUnits(explanation, attribution, kind) : [];
  return [units("sentence"), scoredClauses(explanation, attribution), units("word"), units("token")];
}

/** A unit with its colour among those of its kind. */
interface Phrase {
  readonly unit: ScoredUnit;
  readonly bucket: number;
}

/** The scores of a text as a tree that is folded and unfolded: the text, its sentences, clauses, words and tokens, each with the sum of what it is made of. */
export class PhraseTree {
  readonly element = element("section", { class: "phrases" });
  readonly #title = element("h2");
  readonly #help = element("p", { class: "small dim" });
  readonly #tree = element("ul");
  #phrases: readonly (readonly Phrase[])[] = [];

  constructor() {
    this.element.append(this.#title, this.#help, this.#tree);
  }

  /** Draws the tree; there is none of a method whose scores do not add up. */
  update(explanation: Explanation, attribution: Attribution | undefined, sign: 1 | -1, strings: PanelStrings): void {
    this.element.hidden = !attribution || methodInfo(attribution.method).scores !== "signed";
    if (!attribution || this.element.hidden) {
      return;
    }
    setText(this.#title, strings.phrases);
    setText(this.#help, strings.phrasesHelp);
    this.#phrases = levelsOf(explanation, attribution)
      .filter(({ length }) => length > 0)
      .map((units) => {
        const buckets = unitBuckets(units, attribution);
        return units.map((unit, at) => ({ unit, bucket: sign * (buckets[at] ?? 0) }));
      });
    const [roots = []] = this.#phrases;
    const total = roots.reduce((sum, { unit }) => sum + unit.score, 0);
    const whole = branch(element("span", { class: "dim", text: strings.wholeText }), total, () =>
      roots.map((phrase) => this.#node(phrase, 0)),
    );
    this.#tree.replaceChildren(element("li", {}, whole));
  }

  /** One unit; what it is made of is drawn when it is first unfolded. */
  #node({ unit, bucket }: Phrase, level: number): HTMLElement {
    const name = element("bdi", { text: visibleText(unit.text), attributes: { "data-bucket": String(bucket) } });
    const members = new Set(unit.tokens);
    const next = this.#phrases.findIndex(
      (phrases, at) =>
        at > level && phrases.filter((one) => one.unit.tokens.some((token) => members.has(token))).length > 1,
    );
    if (next < 0) {
      return element("li", { class: "leaf" }, ...line(name, unit.score));
    }
    const parts = (this.#phrases[next] ?? []).filter((one) => one.unit.tokens.some((token) => members.has(token)));
    return element(
      "li",
      {},
      branch(name, unit.score, () => parts.map((part) => this.#node(part, next))),
    );
  }
}

function line(name: HTMLElement, score: number): HTMLElement[] {
  return [element("span", { class: "number", text: formatScore(score) }), name];
}

function branch(name: HTMLElement, score: number, parts: () => HTMLElement[]): HTMLElement {
  const list = element("ul");
  const made = element("details", {}, element("summary", {}, ...line(name, score)), list);
  made.addEventListener("toggle", () => {
    if (made.open && list.childElementCount === 0) {
      list.append(...parts());
    }
  });
  return made;
}
