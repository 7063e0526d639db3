import type { Attribution } from "../../../src/common/explanation";
import { formatNumber, formatScore } from "../../../src/common/format";
import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { element, setText } from "../../dom";
import { BarScale } from "./barScale";
import { type ContributionSum, contributionSum } from "./contributionSum";

/** Base value + contributions = local model, beside what the model says: a staircase whose steps can be checked by eye. */
export class SumLine {
  readonly element = element("section", { class: "sum" });
  readonly #title = element("h2");
  readonly #table = element("table", { class: "bars" });
  readonly #sentence = element("p", { class: "small dim numbers" });

  constructor() {
    this.element.append(this.#title, this.#table, this.#sentence);
  }

  update(attribution: Attribution | undefined, sign: 1 | -1, strings: PanelStrings): void {
    const info = attribution && methodInfo(attribution.method);
    this.element.hidden = info?.scores !== "signed";
    if (!attribution) {
      return;
    }
    const sum = contributionSum(attribution);
    this.#table.hidden = sum === null;
    setText(this.#title, strings.sumTitle);
    if (!sum) {
      setText(this.#sentence, fill(strings.noSum, methodInfo(attribution.method).label));
      return;
    }
    const { base, local, full, gap } = sum;
    const numbers = [base, local - base, local, full, gap];
    const localName = info?.isFit ? strings.sumLocal : strings.sumPlain;
    setText(this.#sentence, fill(strings.sumSentence, localName, ...numbers.map(formatNumber)));
    this.#table.replaceChildren(
      element("caption", { class: "unseen", text: strings.sumTitle }),
      element("tbody", {}, ...staircase(sum, localName, sign, strings)),
    );
  }
}

function staircase(
  sum: ContributionSum,
  localName: string,
  sign: 1 | -1,
  strings: PanelStrings,
): HTMLTableRowElement[] {
  const { base, supports, against, special, local, full, gap } = sum;
  const top = base + supports;
  const low = top + against;
  const scale = new BarScale([base, top, low, local, full], sign);
  return [
    step(strings.sumBase, formatNumber(base), scale, [scale.bar(0, base, "plain"), scale.mark(base, "joint")]),
    step(strings.sumSupports, formatScore(supports), scale, [scale.bar(base, top), ...joints(scale, base, top)]),
    step(strings.sumAgainst, formatScore(against), scale, [scale.bar(top, low), ...joints(scale, top, low)]),
    ...(special === 0
      ? []
      : [
          step(strings.sumSpecial, formatScore(special), scale, [
            scale.bar(low, local, "plain"),
            ...joints(scale, low, local),
          ]),
        ]),
    step(localName, formatNumber(local), scale, [scale.bar(0, local, "plain"), ...joints(scale, local)]),
    step(strings.sumFull, formatNumber(full), scale, [scale.bar(0, full, "plain"), ...joints(scale, local)]),
    step(strings.sumGap, formatScore(gap), scale, [scale.bar(local, full, "gap"), ...joints(scale, local)]),
  ];
}

/** Faint uprights that carry a value down to the next step. */
function joints(scale: BarScale, ...values: number[]): HTMLElement[] {
  return values.map((value) => scale.mark(value, "joint"));
}

function step(name: string, value: string, scale: BarScale, parts: HTMLElement[]): HTMLTableRowElement {
  return element(
    "tr",
    {},
    element("th", { class: "name", text: name, attributes: { scope: "row" } }),
    element("td", { class: "bar" }, element("div", { class: "track signed" }, scale.mark(0, "zero"), ...parts)),
    element("td", { class: "number", text: value }),
  );
}
