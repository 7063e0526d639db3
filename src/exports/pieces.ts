import { agreementOf } from "../common/agreement";
import { cleanText } from "../common/cleanWords";
import { bucketCount } from "../common/colourScale";
import {
  type Attribution,
  type Explanation,
  type Measured,
  type MeasuredMethod,
  type Segment,
  specialTotal,
} from "../common/explanation";
import { formatNumber, formatOutput } from "../common/format";
import { measureIds, measures } from "../common/measure";
import { formatMessage, type Message, message } from "../common/message";
import { methodInfo, type ScoreKind } from "../common/method";
import type { Plausibility } from "../common/plausibility";
import { listedName } from "../common/prediction/form";
import { headlineOf, outcomesOf, type Prediction, predictionForm } from "../common/prediction/registry";
import { shownError, shownScore } from "../common/scoredUnits";
import { neededBy } from "../common/task";
import { strongestPairs } from "../common/unitPairs";
import type { Result } from "./export";

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

/** What a text beside the first is called. */
export function segmentName({ model }: Pick<Explanation, "model">, segment: Segment): string {
  const second = neededBy(model.task) === "question" ? "Question" : "Second text";
  return ["Text", second, "Output so far"][segment] ?? "";
}

/** What was predicted and what is explained, as one line. */
export function predictionLine(explanation: Explanation): string {
  return formatMessage(predictionMessage(explanation));
}

/** {@link predictionLine} with its labels apart. */
export function predictionMessage({ prediction, target: { label, versus } }: Explanation): Message {
  const [first, ...others] = headlineOf(prediction);
  if (!first && label === "") {
    return message("No prediction: the model has no head that says something of a text");
  }
  const output = [
    first ? formatOutput(first) : "–",
    ...others.map((one) => `${cleanText(listedName(one))} ${formatOutput(one)}`),
  ].join(", ");
  const name = first ? cleanText(listedName(first)) : "";
  const explained = listedLabel(prediction, label);
  if (versus !== null) {
    return message(`{0} ${output}; explained: {1} rather than {2}`, name, explained, listedLabel(prediction, versus));
  }
  return first?.label === label
    ? message(`{0} ${output}`, name)
    : message(`{0} ${output}; explained: {1}`, name, explained);
}

/** A label as it is listed, in quotation marks where it is that of words of the text. */
function listedLabel(prediction: Prediction, label: string): string {
  const quoted = outcomesOf(prediction).find((one) => one.label === label && one.quoted !== undefined);
  return quoted ? cleanText(listedName(quoted)) : label;
}

/** Quality figures, evaluations and notes of an attribution, as short sentences. */
export function attributionRemarks(attribution: Attribution): string[] {
  const figures = Object.entries(attribution.quality).map(
    ([name, value]) => `${qualityNames[name] ?? name} ${value.toFixed(3)}`,
  );
  if (attribution.evaluations > 0) {
    figures.push(attribution.evaluations === 1 ? "1 evaluation" : `${attribution.evaluations} evaluations`);
  }
  const special = attribution.specials.length > 0 ? specialTotal(attribution) : null;
  if (special !== null) {
    figures.push(`special tokens ${scoreOf(attribution, special)}`);
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

/** How faithful the scores of each method are, a line each, how far methods agree, and what the measures are; nothing where none was asked for. */
export function measureLines({
  explanation,
  plausibility = [],
}: Pick<Result, "explanation" | "plausibility">): string[] {
  const { measures: found } = explanation;
  const asked = measureIds.filter((id) => found.some(({ values }) => values[id] !== undefined));
  const figures = ({ values }: MeasuredMethod) =>
    asked.flatMap((id) => (values[id] === undefined ? [] : `${measures[id].label} ${figureOf(values[id])}`));
  return [
    ...found.flatMap((one) => {
      const label = methodInfo(one.method).label;
      const notes = asked.flatMap((id) => one.values[id]?.notes ?? []);
      return [`${label}: ${figures(one).join(", ")}`, ...notes.map((note) => `${label}: ${formatMessage(note)}`)];
    }),
    ...(found.length > 0 ? agreementLines(explanation) : []),
    ...asked.map((id) => `${measures[id].label}: ${measures[id].words}`),
    ...plausibility.map(plausibilityLine),
  ];
}

function plausibilityLine({ method, tokenF1, iouF1, auprc, marked }: Plausibility): string {
  const figures = `tokens F1 ${tokenF1.toFixed(3)}, passages F1 ${iouF1.toFixed(3)}, area under precision and recall ${auprc.toFixed(3)}`;
  return `${methodInfo(method).label} and what people marked: ${figures} (by chance about ${marked.toFixed(3)})`;
}

/** A measure's figure, with how much it scatters where it does. */
function figureOf({ value, spread }: Measured): string {
  return `${value.toFixed(3)}${spread === null ? "" : ` ± ${spread.toFixed(3)}`}`;
}

/** How far each two methods agree, a line each. */
function agreementLines(explanation: Explanation): string[] {
  const agreement = agreementOf(explanation);
  if (!agreement) {
    return [];
  }
  const { methods, tau, overlap, strongest } = agreement;
  const labels = methods.map((method) => methodInfo(method).label);
  return labels.flatMap((label, a) =>
    labels.slice(a + 1).map((other, next) => {
      const b = a + 1 + next;
      const [order, shared] = [tau[a]?.[b] ?? null, overlap[a]?.[b] ?? 0];
      const words = order === null ? "the order cannot be compared" : `order τ-b ${order.toFixed(2)}`;
      return `${label} and ${other}: ${words}, ${Math.round(shared * strongest)} of the strongest ${strongest} in common`;
    }),
  );
}

const qualityNames: Readonly<Record<string, string>> = {
  r2: "R²",
  largestError: "largest standard error, as a share of the largest score",
  spread: "halves of the samples differ by, as a share",
  completenessGap: "missing from the sum, as a share",
  conservationGap: "missing from the sum, as a share",
  places: "positions and segments",
  softmax: "Softmax and the rest",
};

/** A score of an attribution as people read it. */
export function scoreOf({ method }: Attribution, score: number): string {
  return shownScore(methodInfo(method).scores, score);
}

/** Hues of pictures and pages: they say which way a score points; how much without a direction has none. */
export const hues = { for: "64 132 214", against: "224 123 57", attention: "155 95 200", size: "128 128 128" } as const;

/** The hue of a bucket that is not 0, and how strongly it covers what is behind it, from 0 to 1. */
export function hueOf(kind: ScoreKind, bucket: number): { readonly hue: keyof typeof hues; readonly opacity: string } {
  return {
    hue: kind === "signed" ? (bucket > 0 ? "for" : "against") : kind,
    opacity: opacityOf(Math.abs(bucket)),
  };
}

/** How strongly a bucket from 1 covers what is behind it. */
export function opacityOf(bucket: number): string {
  return (0.1 + ((bucket - 1) * 0.4) / (bucketCount - 1)).toFixed(2);
}

/** What a score against and one for the target says. */
export function directionWords(
  { prediction }: Pick<Explanation, "prediction">,
  label: string,
  versus: string | null,
): [against: string, supports: string] {
  return predictionForm(prediction.kind).scores === "raise"
    ? [`lowers ${label}`, `raises ${label}`]
    : [versus === null ? `against ${label}` : `for ${versus}`, `for ${label}`];
}

/** How many pairs an export shows. */
const mostPairs = 5;

/** What the strongest pairs of a method do together, as people read it; `null` of a method that scores no pairs. */
export function pairsShown(
  explanation: Explanation,
  attribution: Attribution,
): {
  readonly heading: string;
  readonly rows: readonly { readonly name: string; readonly score: string; readonly error: string }[];
} | null {
  if (!attribution.pairs) {
    return null;
  }
  const pairs = strongestPairs(explanation, attribution, mostPairs);
  return {
    heading:
      pairs.length > 0
        ? "Strongest pairs, what two do together beyond what each does (k-SII of order 2):"
        : "No pair does anything together that can be told from nothing.",
    rows: pairs.map(({ first, second, score, standardError }) => ({
      name: `${cleanText(first.text)} + ${cleanText(second.text)}`,
      score: scoreOf(attribution, score),
      error: shownError(standardError || null),
    })),
  };
}
