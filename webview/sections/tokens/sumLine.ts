import { isOneOf } from "../../../src/common/checks";
import type { Attribution } from "../../../src/common/explanation";
import { formatNumber, formatScore } from "../../../src/common/format";
import { methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import type { ScoredUnit } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { Segmented } from "../../controls";
import { element, setText } from "../../dom";
import { BarScale } from "./barScale";
import { type ContributionSum, contributionSum } from "./contributionSum";
import { sumSteps } from "./sumSteps";
import { barRow, forceBar, waterfall } from "./waterfall";

/** So many words have a step of their own. */
const mostSteps = 9;

/** How a sum is drawn: its parts together, a step for each word, or all of them in one bar. */
export type SumPicture = "total" | "words" | "line";

/** Whether a value names a way to draw a sum. */
export const isSumPicture = isOneOf<SumPicture>("total", "words", "line");

/** What a sum is drawn from. */
export interface SumModel {
  readonly attribution: Attribution | undefined;
  readonly units: readonly ScoredUnit[];
  readonly sign: 1 | -1;
  readonly picture: SumPicture;
}

/** Base value + contributions = local model, beside what the model says: a staircase whose steps can be checked by eye. */
export class SumLine {
  readonly element = element("section", { class: "sum" });
  readonly #title = element("h2");
  readonly #table = element("table", { class: "bars" });
  readonly #sentence = element("p", { class: "small dim numbers" });

  readonly #force = element("div");
  readonly #pictures: Segmented<SumPicture>;

  constructor(onPicture: (picture: SumPicture) => void) {
    this.#pictures = new Segmented<SumPicture>(onPicture);
    const top = element("div", { class: "bar-of-controls" }, this.#title, this.#pictures.element);
    this.element.append(top, this.#table, this.#force, this.#sentence);
  }

  update({ attribution, units, sign, picture }: SumModel, strings: PanelStrings): void {
    const info = attribution && methodInfo(attribution.method);
    this.element.hidden = info?.scores !== "signed";
    if (!attribution) {
      return;
    }
    const sum = contributionSum(attribution);
    this.#table.hidden = sum === null || picture === "line";
    this.#force.hidden = sum === null || picture !== "line";
    this.#pictures.element.hidden = sum === null;
    const pictures = [
      { value: "total", label: strings.sumTotal },
      { value: "words", label: strings.sumWords },
      { value: "line", label: strings.sumForce },
    ] as const;
    this.#pictures.update(strings.sumTitle, pictures, picture);
    setText(this.#title, strings.sumTitle);
    if (!sum) {
      setText(this.#sentence, fill(strings.noSum, methodInfo(attribution.method).label));
      return;
    }
    const { base, local, full, gap } = sum;
    const numbers = [base, local - base, local, full, gap];
    const localName = info?.isFit ? strings.sumLocal : strings.sumPlain;
    setText(this.#sentence, fill(strings.sumSentence, localName, ...numbers.map(formatNumber)));
    const steps = sumSteps(attribution, units, mostSteps);
    if (steps && picture === "line") {
      this.#force.replaceChildren(forceBar(steps, units, sign, strings));
      return;
    }
    const rows =
      steps && picture === "words" ? waterfall(steps, units, sign, strings) : staircase(sum, localName, sign, strings);
    this.#table.replaceChildren(
      element("caption", { class: "unseen", text: strings.sumTitle }),
      element("tbody", {}, ...rows),
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
    barRow(strings.sumBase, formatNumber(base), scale, [scale.bar(0, base, "plain"), scale.mark(base, "joint")]),
    barRow(strings.sumSupports, formatScore(supports), scale, [scale.bar(base, top), ...joints(scale, base, top)]),
    barRow(strings.sumAgainst, formatScore(against), scale, [scale.bar(top, low), ...joints(scale, top, low)]),
    ...(special === 0
      ? []
      : [
          barRow(strings.sumSpecial, formatScore(special), scale, [
            scale.bar(low, local, "plain"),
            ...joints(scale, low, local),
          ]),
        ]),
    barRow(localName, formatNumber(local), scale, [scale.bar(0, local, "plain"), ...joints(scale, local)]),
    barRow(strings.sumFull, formatNumber(full), scale, [scale.bar(0, full, "plain"), ...joints(scale, local)]),
    barRow(strings.sumGap, formatScore(gap), scale, [scale.bar(local, full, "gap"), ...joints(scale, local)]),
  ];
}

/** Faint uprights that carry a value down to the next step. */
function joints(scale: BarScale, ...values: number[]): HTMLElement[] {
  return values.map((value) => scale.mark(value, "joint"));
}
