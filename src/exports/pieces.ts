import { type Attribution, type Explanation, specialTotal, type Unit } from "../common/explanation";
import { formatNumber, formatOutput, formatScore } from "../common/format";
import { formatMessage, type Message, message } from "../common/message";
import { methodInfo } from "../common/method";

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

/** The words or sentences an attribution's scores belong to; `null` where they belong to tokens. */
export function unitsOf(attribution: Attribution, explanation: Explanation): readonly Unit[] | null {
  return attribution.units === "token"
    ? null
    : attribution.units === "word"
      ? explanation.words
      : explanation.sentences;
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
