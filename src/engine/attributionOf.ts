import type { Attribution, AttributionScale, UnitKind } from "../common/explanation";
import { type Message, message } from "../common/message";
import { addsUp, type MethodId, methodInfo } from "../common/method";
import { balanceOf } from "../methods/balance";
import { type FeatureSet, isRepeated, tokenShares, unitScores, unitStandardErrors } from "../methods/features";
import {
  type Method,
  meanFigures,
  meanOf,
  type Part,
  type Question,
  type Summary,
  type Whole,
} from "../methods/method";
import { pairScores } from "./pairScores";
import type { PreparedText, WindowInput } from "./preparedText";
import type { TextRun } from "./textRun";
import { mergeByShare, mergeErrors } from "./windows";

/** What a method found in one piece of a text: a value for each of the features. */
export interface Piece extends Part {
  readonly features: FeatureSet;
}

/** What a method found, and what is needed to say it. */
export interface Findings {
  readonly method: MethodId;
  readonly scale: AttributionScale;
  /** How many pieces the text has; fewer are known on the way. */
  readonly expected: number;
  readonly pieces: readonly Piece[];
  readonly isPartial: boolean;
  /** When the method began, by the clock of `performance`. */
  readonly start: number;
}

/** The positions of a window as features: each holds one token, special ones among them. */
export function positionsOf({ positions }: WindowInput): FeatureSet {
  return { kind: "token", groups: positions.map((token) => [token]) };
}

/** What a method's scores are measured on: attention, a probability, the target's own scale, or nothing. */
export function scaleOf(id: MethodId, method: Method, { target }: Pick<TextRun, "target">): AttributionScale {
  const { scores, isBlind } = methodInfo(id);
  if (scores === "attention") {
    return "attention";
  }
  if (scores === "size" || isBlind) {
    return "none";
  }
  const explainsProbability = method.asks === "masked" && method.explainsProbability && target.link !== "identity";
  return explainsProbability ? "probability" : target.kind;
}

/** What a method found in the pieces of a text as one attribution: the linear model of the mean of the pieces. */
export function attributionOf<Asked extends Question>(
  { text, request }: Pick<TextRun, "text" | "request">,
  { summary }: { summary?(whole: Whole, question: Asked): Partial<Summary> },
  question: Asked,
  { method, scale, expected, pieces, isPartial, start }: Findings,
): Attribution {
  const { units } = request;
  const tokens = tokenScores(text, pieces);
  const special = new Set(specialsIn(text, pieces));
  const scores = shownScores(text, pieces, units, method, tokens);
  const specials = [...special].map((token) => ({ token, score: tokens[token] ?? 0 }));
  const repeated = pieces.some(({ features }) => isRepeated(features));
  const addsTo = pieces.length === expected && !repeated && pieces.every(({ scored }) => scored.sum !== null);
  const sum = addsTo
    ? balanceOf(
        [...scores, ...specials.map(({ score }) => score)],
        meanOf(pieces, (scored) => scored.sum?.base ?? Number.NaN),
        meanOf(pieces, (scored) => scored.sum?.full ?? Number.NaN),
      )
    : null;
  const evaluations = pieces.reduce((total, { scored }) => total + scored.evaluations, 0);
  const whole = { parts: pieces, scale, sum, evaluations, isPartial, isRepeated: repeated };
  const said: Partial<Summary> = summary?.(whole, question) ?? { quality: meanFigures(pieces) };
  const pairs = pairScores(text, pieces, units);
  const ends = pieces.map(({ scored }) => scored.converged ?? null);
  return {
    method,
    units,
    scores,
    specials,
    standardErrors: shownErrors(text, pieces, units),
    ...(pairs ? { pairs } : {}),
    scale,
    baseValue: sum?.baseValue ?? null,
    fullValue: sum?.fullValue ?? null,
    parameters: usedParameters(said.parameters ?? {}, request.baselineText),
    quality: said.quality ?? {},
    converged: ends.includes(null) ? null : ends.every(Boolean),
    partial: isPartial,
    notes: [...(said.notes ?? []), ...baselineNotes(said.parameters ?? {}, request, text)],
    evaluations,
    milliseconds: performance.now() - start,
  };
}

/** Says where a method had to take another baseline than the one asked for, unless the text's own warning does. */
function baselineNotes(
  { baseline }: Attribution["parameters"],
  { baseline: asked, baselineText }: Pick<TextRun["request"], "baseline" | "baselineText">,
  { baseline: { warning } }: Pick<PreparedText, "baseline">,
): Message[] {
  return typeof baseline !== "string" || baseline === asked || baselineText !== "" || warning
    ? []
    : [
        message(
          "This method needs something in each word's place: its baseline is {0} instead of {1}, so its sum starts from another value.",
          baseline,
          asked,
        ),
      ];
}

/** Parameters with the other text where its words were the baseline. */
function usedParameters(parameters: Attribution["parameters"], baselineText: string): Attribution["parameters"] {
  return parameters.baseline === "otherText" ? { ...parameters, baselineText } : parameters;
}

/** The score of every token of a text, special ones included. */
export function tokenScores({ tokens }: PreparedText, pieces: readonly Piece[]): number[] {
  return mergeByShare(
    pieces.map(({ features, scored, share }) => ({
      values: tokenShares(features, scored.values, tokens.length),
      share,
    })),
    tokens.length,
  );
}

/** The special tokens that have scores of their own. */
function specialsIn({ tokens }: PreparedText, pieces: readonly Piece[]): number[] {
  return pieces.flatMap(({ features }) => features.groups.flat().filter((token) => tokens[token]?.special));
}

/** Scores as they are shown: added up over a unit's tokens where the method's scores add up, otherwise their mean. A feature of one piece counts once for a unit, however many tokens of it are there. */
function shownScores(
  text: PreparedText,
  pieces: readonly Piece[],
  units: UnitKind,
  method: MethodId,
  tokens: readonly number[],
): number[] {
  const [first] = pieces;
  if (units === "token") {
    return tokens.map((score, token) => (text.tokens[token]?.special ? 0 : score));
  }
  const shown = units === "word" ? text.words : text.sentences;
  const additive = addsUp(method);
  if (pieces.length === 1 && first && additive) {
    return unitScores(first.features, first.scored.values, shown);
  }
  return shown.map((unit) => {
    const sum = unit.tokens.reduce((total, token) => total + (tokens[token] ?? 0), 0);
    return additive ? sum : sum / Math.max(1, unit.tokens.length);
  });
}

/** Standard errors of {@link shownScores}; `null` unless all pieces have them. */
function shownErrors(text: PreparedText, pieces: readonly Piece[], units: UnitKind): number[] | null {
  const tokens = text.tokens.map(({ index }) => ({ tokens: [index] }));
  const shown = units === "token" ? tokens : units === "word" ? text.words : text.sentences;
  const known = pieces.flatMap(({ features, share, scored }) =>
    scored.standardErrors ? [{ features, share, errors: scored.standardErrors }] : [],
  );
  const [first] = known;
  if (!first || known.length < pieces.length) {
    return null;
  }
  if (known.length === 1) {
    return unitStandardErrors(first.features, first.errors, shown);
  }
  const merged = mergeErrors(
    known.map(({ features, share, errors }) => ({ values: unitStandardErrors(features, errors, tokens), share })),
    tokens.length,
  );
  return units === "token"
    ? merged
    : shown.map((unit) => Math.hypot(...unit.tokens.map((token) => merged[token] ?? 0)));
}
