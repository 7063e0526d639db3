import { cleanName, cleanText, shortened } from "../common/cleanWords";
import { type Explanation, type Segment, textsOf } from "../common/explanation";
import { formatNumber, formatPercent } from "../common/format";
import { formatMessage } from "../common/message";
import { listedName } from "../common/prediction/form";
import { outcomesOf, predictionForm } from "../common/prediction/registry";
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
  specialPieces,
} from "./pieces";

/** Markdown with a table of classes and one of scores; several results have an empty line behind each. */
export const markdown: Export = {
  label: "Markdown",
  words: "tables of classes and scores",
  extension: "md",
  one: (result) => `${renderMarkdown(result)}${result.line === null ? "" : "\n"}`,
};

/** Characters of a heading; of a longer text it has the start, and the whole stands under it. */
const longestHeading = 80;

/** The explanation as Markdown: prediction and a table of scores with a column for each method. */
function renderMarkdown(result: Result): string {
  const { explanation, line } = result;
  const text = cleanText(explanation.text).trim();
  const heading = shortened(text, longestHeading);
  const rows = [`## ${line === null ? "" : `${line}: `}${escaped(heading)}`, ""];
  if (heading !== text) {
    rows.push(`> ${escaped(text)}`, "");
  }
  for (const { segment, text: own } of textsOf(explanation).slice(1)) {
    rows.push(`${segmentName(explanation, segment)}: ${escaped(cleanText(own).trim())}`, "");
  }
  rows.push(`**${escaped(predictionLine(explanation))}**`, "");
  const { columns } = predictionForm(explanation.prediction.kind);
  rows.push(`| ${columns.join(" | ")} |`, `| --- |${" ---: |".repeat(columns.length - 1)}`);
  for (const outcome of outcomesOf(explanation.prediction)) {
    const { logit, probability } = outcome;
    const cells = [
      escaped(listedName(outcome)),
      formatNumber(logit),
      ...(probability === null ? [] : [formatPercent(probability)]),
    ];
    rows.push(`| ${cells.join(" | ")} |`);
  }
  const [first] = explanation.attributions;
  if (first) {
    const headings = explanation.attributions.map((attribution) => escaped(attributionHeading(attribution)));
    rows.push("", `| # | Text | ${headings.join(" | ")} |`, `| ---: | --- |${" ---: |".repeat(headings.length)}`);
    let before: Segment = 0;
    for (const { index, text, segment } of scoredUnits(explanation, first)) {
      if (segment !== before) {
        before = segment;
        rows.push(`|  | **${segmentName(explanation, segment)}** |${" |".repeat(headings.length)}`);
      }
      const scores = explanation.attributions.map((attribution) =>
        scoreOf(attribution, attribution.scores[index] ?? 0),
      );
      rows.push(`| ${index} | ${escaped(cleanText(text))} | ${scores.join(" | ")} |`);
    }
    rows.push(...specialRows(explanation), "");
    for (const attribution of explanation.attributions) {
      const remarks = attributionRemarks(attribution);
      if (remarks.length > 0) {
        rows.push(`- ${escaped(attributionHeading(attribution))}: ${escaped(remarks.join(". "))}`);
      }
      const pairs = pairsShown(explanation, attribution);
      if (pairs) {
        rows.push(`- ${escaped(pairs.heading)}`);
        rows.push(...pairs.rows.map(({ name, score, error }) => `  - ${escaped(name)}: ${score} ${error}`.trimEnd()));
      }
    }
  }
  rows.push(...measureLines(result).map((one) => `- ${escaped(one)}`));
  rows.push(...explanation.warnings.map((warning) => `- ${escaped(formatMessage(warning))}`));
  rows.push("", `Model \`${cleanName(explanation.model.id).replaceAll("`", "'")}\`, seed ${explanation.seed}.`, "");
  return rows.join("\n");
}

/** The rows of special tokens, each with its token number and what every method gives to it, if anything. */
function specialRows(explanation: Explanation): string[] {
  const known = explanation.attributions.map((attribution) => specialPieces(attribution, explanation));
  const tokens = new Map(known.flat().map(({ token, piece }) => [token, piece]));
  return [...tokens].map(([token, piece]) => {
    const scores = explanation.attributions.map((attribution, at) => {
      const found = known[at]?.find((special) => special.token === token);
      return found ? scoreOf(attribution, found.score) : "";
    });
    return `| special | ${escaped(cleanText(piece))} | ${scores.join(" | ")} |`;
  });
}

/** Text that means itself in a line of Markdown and in a cell of its tables; addresses do not become links. */
function escaped(text: string): string {
  return cleanText(text)
    .replace(/[\\`*_{}[\]<>#|~&$@]/g, (character) => `\\${character}`)
    .replaceAll("://", "\\://")
    .replace(/\bwww\./gi, "www\\.");
}
