import { cleanName, cleanText } from "../common/cleanWords";
import { type Attribution, type Explanation, specialTotal } from "../common/explanation";
import { formatNumber, formatOutput, formatPercent, formatScore } from "../common/format";
import { formatMessage, type Message, message } from "../common/message";
import { methodInfo } from "../common/method";
import { textCell } from "./csv";
import { unitsOf } from "./resultJson";

/** One scored piece of the text as the readable formats show it. */
export interface ScoredPiece {
  /** Which score it is: the token, word or sentence number. */
  readonly index: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly segment: 0 | 1;
  readonly score: number;
  readonly standardError: number | null;
}

/** The pieces of text an attribution scores, in reading order, without special tokens. */
export function scoredPieces(attribution: Attribution, explanation: Explanation): ScoredPiece[] {
  const units = unitsOf(attribution, explanation);
  const textOf = (segment: 0 | 1) => (segment === 0 ? explanation.text : (explanation.pair ?? ""));
  const pieces = units
    ? units.map(({ start, end, segment }, index) => ({ index, start, end, segment, special: false }))
    : explanation.tokens;
  return pieces
    .filter(({ special }) => !special)
    .map(({ index, start, end, segment }) => ({
      index,
      text: textOf(segment).slice(start, end),
      start,
      end,
      segment,
      score: attribution.scores[index] ?? 0,
      standardError: attribution.standardErrors?.[index] ?? null,
    }));
}

/** What a special token gets: its number, its spelling in the vocabulary, and its score. */
export interface SpecialPiece {
  readonly token: number;
  readonly piece: string;
  readonly score: number;
}

/** The special tokens an attribution scores, in the model's order. */
export function specialPieces({ specials }: Attribution, { tokens }: Explanation): SpecialPiece[] {
  return specials.map(({ token, score }) => ({ token, piece: tokens[token]?.piece ?? "", score }));
}

/** The method's name and what its scores are measured on, for a heading. */
export function attributionHeading(attribution: Attribution): string {
  const label = methodInfo(attribution.method).label;
  const scale = attribution.scale === "none" ? "" : `, ${attribution.scale}`;
  return `${label} (per ${attribution.units}${scale})`;
}

/** What was predicted and what is explained, as one line. */
export function predictionLine(explanation: Explanation): string {
  return formatMessage(predictionMessage(explanation));
}

/** {@link predictionLine} with its labels apart. */
export function predictionMessage({ prediction: [first], target: { label, versus } }: Explanation): Message {
  const output = first ? formatOutput(first) : "";
  if (versus !== null) {
    return message(`{0} ${output}; explained: {1} rather than {2}`, first?.label ?? "", label, versus);
  }
  return first?.label === label
    ? message(`{0} ${output}`, label)
    : message(`{0} ${output}; explained: {1}`, first?.label ?? "", label);
}

/** Quality figures, evaluations and notes of an attribution, as short sentences. */
export function attributionRemarks(attribution: Attribution): string[] {
  const figures = Object.entries(attribution.quality).map(
    ([name, value]) => `${qualityNames[name] ?? name} ${value.toFixed(3)}`,
  );
  if (attribution.evaluations > 0) {
    figures.push(`${attribution.evaluations} evaluations`);
  }
  const special = attribution.specials.length > 0 ? specialTotal(attribution) : null;
  if (special !== null) {
    figures.push(`special tokens ${shownScore(attribution, special)}`);
  }
  if (attribution.baseValue !== null && attribution.fullValue !== null) {
    const sum = attribution.scores.reduce((total, score) => total + score, attribution.baseValue + (special ?? 0));
    const parts = special === null ? "scores" : "scores + special tokens";
    figures.push(
      `base ${formatNumber(attribution.baseValue)} + ${parts} = ${formatNumber(sum)} (model: ${formatNumber(attribution.fullValue)})`,
    );
  }
  return [...(figures.length > 0 ? [figures.join(", ")] : []), ...attribution.notes.map(formatMessage)];
}

const qualityNames: Readonly<Record<string, string>> = {
  r2: "R²",
  spread: "halves of the samples differ by, as a share",
  completenessGap: "missing from the sum, as a share",
  conservationGap: "missing from the sum, as a share",
};

/** A score as its method has it: with a sign where signs mean something. */
export function shownScore(attribution: Attribution, score: number): string {
  return methodInfo(attribution.method).scores === "signed" ? formatScore(score) : score.toFixed(3);
}

/** The explanation for a terminal: prediction, then a list with a bar for each method. */
export function renderText(explanation: Explanation, line: number | null): string {
  const rows = [line === null ? cleanText(explanation.text) : `${line}: ${cleanText(explanation.text)}`];
  rows.push(predictionLine(explanation), ...explanation.warnings.map((warning) => `Note: ${formatMessage(warning)}`));
  for (const attribution of explanation.attributions) {
    const pieces = scoredPieces(attribution, explanation);
    const width = Math.min(40, Math.max(1, ...pieces.map(({ text }) => [...cleanText(text)].length)));
    const largest = Math.max(Number.MIN_VALUE, ...pieces.map(({ score }) => Math.abs(score)));
    rows.push("", attributionHeading(attribution));
    for (const { text, score } of pieces) {
      const shown = [...cleanText(text)];
      const label = (shown.length > width ? [...shown.slice(0, width - 1), "…"] : shown).join("").padEnd(width);
      const bar = (score < 0 ? "▒" : "█").repeat(Math.round((Math.abs(score) / largest) * 20));
      rows.push(`  ${label}  ${shownScore(attribution, score).padStart(7)}  ${bar}`.trimEnd());
    }
    rows.push(...attributionRemarks(attribution).map((remark) => `  ${remark}`));
  }
  return `${rows.join("\n")}\n`;
}

/** The explanation as Markdown: prediction and a table of scores with a column for each method. */
export function renderMarkdown(explanation: Explanation, line: number | null): string {
  const rows = [
    `## ${markdown(line === null ? cleanText(explanation.text) : `${line}: ${cleanText(explanation.text)}`)}`,
    "",
  ];
  rows.push(`**${markdown(predictionLine(explanation))}**`, "");
  const isNumber = explanation.target.kind === "number";
  rows.push(
    ...(isNumber
      ? ["| Output | Number |", "| --- | ---: |"]
      : ["| Class | Logit | Probability |", "| --- | ---: | ---: |"]),
  );
  for (const { label, logit, probability } of explanation.prediction) {
    const cells = [markdown(label), formatNumber(logit), ...(probability === null ? [] : [formatPercent(probability)])];
    rows.push(`| ${cells.join(" | ")} |`);
  }
  const [first] = explanation.attributions;
  if (first) {
    const headings = explanation.attributions.map((attribution) => markdown(attributionHeading(attribution)));
    rows.push("", `| # | Text | ${headings.join(" | ")} |`, `| ---: | --- |${" ---: |".repeat(headings.length)}`);
    for (const { index, text } of scoredPieces(first, explanation)) {
      const scores = explanation.attributions.map((attribution) =>
        shownScore(attribution, attribution.scores[index] ?? 0),
      );
      rows.push(`| ${index} | ${markdown(cleanText(text))} | ${scores.join(" | ")} |`);
    }
    rows.push(...specialRows(explanation), "");
    for (const attribution of explanation.attributions) {
      const remarks = attributionRemarks(attribution);
      if (remarks.length > 0) {
        rows.push(`- ${markdown(attributionHeading(attribution))}: ${markdown(remarks.join(". "))}`);
      }
    }
  }
  rows.push(...explanation.warnings.map((warning) => `- ${markdown(formatMessage(warning))}`));
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
      return found ? shownScore(attribution, found.score) : "";
    });
    return `| special | ${markdown(cleanText(piece))} | ${scores.join(" | ")} |`;
  });
}

/** Text that means itself in a line of Markdown and in a cell of its tables; addresses do not become links. */
function markdown(text: string): string {
  return cleanText(text)
    .replace(/[\\`*_{}[\]<>#|~&$@]/g, (character) => `\\${character}`)
    .replaceAll("://", "\\://")
    .replace(/\bwww\./gi, "www\\.");
}

/**
 * The scores as delimited lines: one for each scored piece and method, then one for each special token that the method scores, whose unit is `special`; each
 * with what was predicted and which class its score is about. {@link csvHeader} names the columns.
 */
export function csvRows(explanation: Explanation, line: number | null): (string | number)[][] {
  const { prediction, target } = explanation;
  const [first] = prediction;
  const about = [
    textCell(cleanName(first?.label ?? "")),
    first?.probability ?? "",
    first?.logit ?? "",
    textCell(cleanName(target.label)),
    textCell(cleanName(target.versus ?? "")),
  ];
  return explanation.attributions.flatMap((attribution) => [
    ...scoredPieces(attribution, explanation).map(({ index, text, start, end, segment, score, standardError }) => [
      line ?? "",
      attribution.method,
      attribution.units,
      index,
      segment,
      start,
      end,
      textCell(text),
      score,
      standardError ?? "",
      ...about,
    ]),
    ...specialPieces(attribution, explanation).map(({ token, piece, score }) => [
      line ?? "",
      attribution.method,
      "special",
      token,
      explanation.tokens[token]?.segment ?? "",
      "",
      "",
      textCell(cleanText(piece)),
      score,
      "",
      ...about,
    ]),
  ]);
}

/** Names of the columns of {@link csvRows}. */
export const csvHeader = [
  "line",
  "method",
  "units",
  "index",
  "segment",
  "start",
  "end",
  "text",
  "score",
  "standardError",
  "prediction",
  "probability",
  "logit",
  "target",
  "versus",
];
