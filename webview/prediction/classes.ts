import { formatOutput, formatPercent } from "../../src/common/format";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { Outcome } from "../../src/common/prediction/form";
import { element } from "../dom";
import { filled } from "../words";
import { nameCell, type OutputsFormat, OutputsView } from "./outputs";
import type { PredictionDrawing } from "./prediction";

/** How outputs with a probability each are listed, with the names of the list and of one of them. */
export const probable = (
  caption: OutputsFormat["caption"],
  name: (strings: PanelStrings) => string,
): OutputsFormat => ({
  comparable: true,
  worthListing: () => true,
  caption,
  columns: (strings) => [name(strings), "", strings.probability, strings.logit],
  row: (score) => [
    nameCell(score.label),
    barCell(score.probability ?? 0),
    element("td", { class: "number", text: formatOutput(score) }),
    element("td", { class: "number dim small", text: formatLogit(score.logit) }),
  ],
  rest: (rest) => {
    const probability = rest.reduce((total, { probability: share }) => total + (share ?? 0), 0);
    return [barCell(probability), element("td", { class: "number", text: formatPercent(probability) }), element("td")];
  },
});

const format = probable(
  (strings) => strings.classes,
  (strings) => strings.classLabel,
);

/** Hues that speak for one outcome, and for another or against the first. */
export const forAndAgainst: PredictionDrawing["hues"] = ({ label }, classes, strings) => ({
  against: classes ? filled(strings.legendFor, classes.against) : [strings.legendAgainst],
  supports: filled(strings.legendFor, classes?.supports ?? label),
});

/** Classes with their probabilities: why one, rather than another. */
export const classesDrawing: PredictionDrawing = {
  make: (host) => new OutputsView(host, format),
  hues: forAndAgainst,
};

/** A logit with two decimals and a true minus sign. */
function formatLogit(logit: Outcome["logit"]): string {
  return logit.toFixed(2).replace("-", "−");
}

function barCell(probability: number): HTMLTableCellElement {
  const bar = element("div", { class: "fill" });
  bar.style.width = `${probability * 100}%`;
  return element("td", { class: "bar" }, element("div", { class: "track" }, bar));
}
