import { formatNumber, formatScore } from "../../../src/common/format";
import type { PanelStrings } from "../../../src/common/panelStrings";
import type { ScoredUnit } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { element, visibleText } from "../../dom";
import { BarScale } from "./barScale";
import type { SumStep, SumSteps } from "./sumSteps";

/** A row of a table whose middle column is the drawing. */
export function barRow(
  name: string,
  value: string,
  scale: BarScale,
  parts: readonly HTMLElement[],
): HTMLTableRowElement {
  return element(
    "tr",
    {},
    element("th", { class: "name", attributes: { scope: "row" } }, element("bdi", { text: name })),
    element("td", { class: "bar" }, element("div", { class: "track signed" }, scale.mark(0, "zero"), ...parts)),
    element("td", { class: "number", text: value }),
  );
}

/** What a step is called. */
function stepName({ unit, count }: SumStep, units: readonly ScoredUnit[], strings: PanelStrings): string {
  if (unit !== null) {
    return visibleText(units[unit]?.text ?? "");
  }
  return count === 0 ? strings.sumSpecial : fill(strings.others, count);
}

/** Each word's step from the base value to the sum, each beginning where the one before it ended (a waterfall). */
export function waterfall(
  { base, steps, total }: SumSteps,
  units: readonly ScoredUnit[],
  sign: 1 | -1,
  strings: PanelStrings,
): HTMLTableRowElement[] {
  let at = base;
  const ends = steps.map(({ score }) => {
    at += score;
    return at;
  });
  const scale = new BarScale([base, total, ...ends], sign);
  const rows = steps.map((step, place) => {
    const from = place === 0 ? base : (ends[place - 1] ?? base);
    const to = from + step.score;
    const joints = [from, to].map((value) => scale.mark(value, "joint"));
    return barRow(stepName(step, units, strings), formatScore(step.score), scale, [scale.bar(from, to), ...joints]);
  });
  return [
    barRow(strings.sumBase, formatNumber(base), scale, [scale.bar(0, base, "plain"), scale.mark(base, "joint")]),
    ...rows,
    barRow(strings.sumPlain, formatNumber(total), scale, [scale.bar(0, total, "plain"), scale.mark(total, "joint")]),
  ];
}

/** Narrower parts of the force bar, in per cent of its width, have no name in them. */
const leastNamed = 9;

/** All contributions in one bar (a force plot): what raises the sum pushes from the left, what lowers it from the right, the strongest nearest to where they meet. */
export function forceBar(
  { base, steps, total }: SumSteps,
  units: readonly ScoredUnit[],
  sign: 1 | -1,
  strings: PanelStrings,
): HTMLElement {
  const up = steps.filter(({ score }) => score > 0);
  const down = steps.filter(({ score }) => score < 0);
  const length = (some: readonly SumStep[]) => some.reduce((sum, { score }) => sum + Math.abs(score), 0);
  const scale = new BarScale([total - length(up), total + length(down)], sign, false);
  const part = (step: SumStep, from: number, to: number): HTMLElement => {
    const name = stepName(step, units, strings);
    const bar = scale.bar(from, to);
    bar.title = `${name} ${formatScore(step.score)}`;
    if (Math.abs(scale.at(to) - scale.at(from)) >= leastNamed) {
      bar.append(element("bdi", { text: name }));
    }
    return bar;
  };
  const laid = (some: readonly SumStep[], direction: 1 | -1): HTMLElement[] => {
    let at = total;
    return some.map((step) => {
      const next = at + direction * Math.abs(step.score);
      const drawn = part(step, next, at);
      at = next;
      return drawn;
    });
  };
  const label = `${strings.sumBase} ${formatNumber(base)}, ${strings.sumPlain} ${formatNumber(total)}`;
  const ends = [
    [base, `${strings.sumBase} ${formatNumber(base)}`],
    [total, `${strings.sumPlain} ${formatNumber(total)}`],
  ] as const;
  const marks = ends.map(([value, text]) => {
    const mark = scale.mark(value, "force-mark");
    mark.classList.toggle("at-end", scale.at(value) > 60);
    mark.append(element("span", { text }));
    return mark;
  });
  return element(
    "div",
    { class: "force", attributes: { role: "img", "aria-label": label } },
    element("div", { class: "track signed" }, ...laid(up, -1), ...laid(down, 1)),
    element("div", { class: "force-marks small dim numbers" }, ...marks),
  );
}
