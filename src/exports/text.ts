import { cleanText } from "../common/cleanWords";
import { type Attribution, type Explanation, type Segment, textsOf } from "../common/explanation";
import { formatOutput } from "../common/format";
import { formatMessage } from "../common/message";
import { outcomeName } from "../common/prediction/form";
import { outcomesOf } from "../common/prediction/registry";
import { scoredUnits } from "../common/scoredUnits";
import type { Export, Result } from "./export";
import {
  attributionHeading,
  attributionRemarks,
  measureLines,
  pairsShown,
  predictionLine,
  scoreOf,
  segmentName,
} from "./pieces";

/** Lines for a terminal; several results have an empty line behind each. */
export const text: Export = {
  label: "Text",
  words: "lines with bars, as on a terminal",
  extension: "txt",
  one: (result) => `${renderText(result)}${result.line === null ? "" : "\n"}`,
};

/** The explanation for a terminal: prediction, then a list with a bar for each method. */
function renderText(result: Result): string {
  const { explanation, line } = result;
  const rows = [line === null ? cleanText(explanation.text) : `${line}: ${cleanText(explanation.text)}`];
  const beside = textsOf(explanation).slice(1);
  rows.push(...beside.map(({ segment, text: own }) => `${segmentName(explanation, segment)}: ${cleanText(own)}`));
  const parts = outcomesOf(explanation.prediction).filter(({ text }) => text !== undefined);
  rows.push(
    predictionLine(explanation),
    ...parts.map((part) => `  ${cleanText(outcomeName(part))}  ${formatOutput(part)}`),
    ...explanation.warnings.map((warning) => `Note: ${formatMessage(warning)}`),
  );
  for (const attribution of explanation.attributions) {
    const pieces = scoredUnits(explanation, attribution);
    const width = Math.min(40, Math.max(1, ...pieces.map(({ text }) => [...cleanText(text)].length)));
    const largest = Math.max(Number.MIN_VALUE, ...pieces.map(({ score }) => Math.abs(score)));
    rows.push("", attributionHeading(attribution));
    let before: Segment = 0;
    for (const { text, score, segment } of pieces) {
      if (segment !== before) {
        before = segment;
        rows.push(`  ${segmentName(explanation, segment)}:`);
      }
      const shown = [...cleanText(text)];
      const label = (shown.length > width ? [...shown.slice(0, width - 1), "…"] : shown).join("").padEnd(width);
      const bar = (score < 0 ? "▒" : "█").repeat(Math.round((Math.abs(score) / largest) * 20));
      rows.push(`  ${label}  ${scoreOf(attribution, score).padStart(7)}  ${bar}`.trimEnd());
    }
    rows.push(...pairLines(explanation, attribution));
    rows.push(...attributionRemarks(attribution).map((remark) => `  ${remark}`));
  }
  const measured = measureLines(result);
  rows.push(...(measured.length > 0 ? ["", "Measures", ...measured.map((one) => `  ${one}`)] : []));
  return `${rows.join("\n")}\n`;
}

/** The strongest pairs of a method that scores pairs. */
function pairLines(explanation: Explanation, attribution: Attribution): string[] {
  const pairs = pairsShown(explanation, attribution);
  if (!pairs) {
    return [];
  }
  const width = Math.max(0, ...pairs.rows.map(({ name }) => [...name].length));
  return [
    `  ${pairs.heading}`,
    ...pairs.rows.map(({ name, score, error }) => `    ${name.padEnd(width)}  ${score.padStart(7)} ${error}`.trimEnd()),
  ];
}
