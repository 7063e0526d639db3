import { isKeyOf } from "./checks";
import { clauseUnits } from "./clauses";
import { addedUp, faintestOf, type Measured, measuredScore, scoreBuckets, sizeBuckets } from "./colourScale";
import {
  type Attribution,
  type Explanation,
  type Token,
  textsBySegment,
  type Unit,
  type UnitKind,
} from "./explanation";
import { formatScore } from "./format";
import { addsUp, methodInfo, type ScoreKind } from "./method";

/** A token, word or sentence with what a method says of it. */
export interface ScoredUnit extends Unit {
  /** The number of the token, word or sentence. */
  readonly index: number;
  /** The slice of the person's text. */
  readonly text: string;
  readonly score: number;
  /** `null` where the method has none; where scores are added up, as if their errors were uncorrelated. */
  readonly standardError: number | null;
}

/** A unit's score as the colour scale takes it. */
export function measuredUnit({ score, standardError }: Pick<ScoredUnit, "score" | "standardError">): Measured {
  return { score, error: standardError ?? 0 };
}

const fineness: Readonly<Record<UnitKind, number>> = { token: 0, word: 1, sentence: 2 };

/** Whether a value names a kind of units. */
export const isUnitKind = isKeyOf(fineness);

/** The unit that can be shown: what the person chose, unless the method's own units are coarser. */
export function shownUnits(attribution: Attribution | undefined, chosen: UnitKind): UnitKind {
  const own = attribution?.units ?? "token";
  return fineness[own] > fineness[chosen] ? own : chosen;
}

/** A text as a model reads it. */
type Read = Pick<Explanation, "text" | "pair" | "output" | "tokens" | "words" | "sentences">;

/** The units of an explanation in reading order, special tokens left out. */
function unitsOf({ tokens, words, sentences }: Read, kind: UnitKind): (Unit & { readonly index: number })[] {
  if (kind === "token") {
    return tokens
      .filter((token) => !token.special)
      .map(({ start, end, segment, index }) => ({ start, end, segment, index, tokens: [index] }));
  }
  return (kind === "word" ? words : sentences).map((unit, index) => ({ ...unit, index }));
}

/**
 * The scores of one method per unit, its own where nothing else is said: sums where its scores add up, means of sizes; 0 without a method.
 * `kind` must not be finer than the attribution's own units (see {@link shownUnits}).
 */
export function scoredUnits(
  explanation: Read,
  attribution: Attribution | undefined,
  kind: UnitKind = attribution?.units ?? "token",
): ScoredUnit[] {
  const units = unitsOf(explanation, kind);
  const own = attribution?.units ?? "token";
  return scored(explanation, attribution, units, own === kind);
}

/** As {@link scoredUnits}, of the clauses of the text; none where the scores are those of sentences. */
export function scoredClauses(explanation: Read, attribution: Attribution): ScoredUnit[] {
  const units =
    attribution.units === "sentence" ? [] : clauseUnits({ ...explanation, texts: textsBySegment(explanation) });
  return scored(
    explanation,
    attribution,
    units.map((unit, index) => ({ ...unit, index })),
    false,
  );
}

/** Units with what the scores in each add up to, or with a score each where they are the attribution's own. */
function scored(
  explanation: Read,
  attribution: Attribution | undefined,
  units: readonly (Unit & { readonly index: number })[],
  areOwn: boolean,
): ScoredUnit[] {
  const additive = addsUp(attribution?.method);
  const own = attribution?.units ?? "token";
  const texts = textsBySegment(explanation);
  return units.map((unit) => {
    const parts = areOwn ? [unit.index] : partsOf(explanation, unit, own);
    const { score: total, error } = addedUp(attribution ? parts.map((part) => measuredScore(attribution, part)) : []);
    return {
      ...unit,
      text: (texts[unit.segment] ?? "").slice(unit.start, unit.end),
      score: additive || parts.length === 0 ? total : total / parts.length,
      standardError: attribution?.standardErrors ? error : null,
    };
  });
}

/** Indices into the scores of `own` units that lie in `unit`. */
function partsOf(explanation: Read, unit: Unit, own: UnitKind): number[] {
  if (own === "token") {
    return unit.tokens.filter((index) => explanation.tokens[index]?.special === false);
  }
  const wanted = new Set(unit.tokens);
  return unitsOf(explanation, own).flatMap(({ tokens, index }) => (tokens.some((t) => wanted.has(t)) ? [index] : []));
}

/** The place in a list of units of the one that holds a token, or −1. */
export function unitOfToken(units: readonly Unit[], token: Token["index"]): number {
  return units.findIndex((unit) => unit.tokens.includes(token));
}

/** The colour of each unit: −5 to 5 where scores have a sign, 0 to 5 where they have none; 0 is no colour. */
export function unitBuckets(units: readonly ScoredUnit[], attribution: Attribution): number[] {
  const measured = units.map(measuredUnit);
  return methodInfo(attribution.method).scores === "signed"
    ? scoreBuckets(measured, faintestOf(attribution))
    : sizeBuckets(measured);
}

/** The rank of each score by magnitude, 1 for the largest; equal ones have the same rank. */
export function ranks(scores: readonly number[]): number[] {
  const rank = new Array<number>(scores.length).fill(0);
  let now = 0;
  byMagnitude(scores).forEach((index, place, order) => {
    const before = order[place - 1];
    now = before !== undefined && magnitude(scores, before) === magnitude(scores, index) ? now : place + 1;
    rank[index] = now;
  });
  return rank;
}

/** The share of each score in the sum of all magnitudes, 0 to 1. */
export function shares(scores: readonly number[]): number[] {
  const total = scores.reduce((sum, score) => sum + Math.abs(score), 0);
  return scores.map((score) => (total === 0 ? 0 : Math.abs(score) / total));
}

/** Places sorted by the magnitude of their scores, equal ones in reading order, cut into those to show and the rest; a rest of one is shown. */
export function strongest(
  scores: readonly number[],
  count: number,
): { readonly shown: number[]; readonly rest: number[] } {
  const order = byMagnitude(scores);
  const cut = order.length <= count + 1 ? order.length : count;
  return { shown: order.slice(0, cut), rest: order.slice(cut) };
}

function byMagnitude(scores: readonly number[]): number[] {
  return scores.map((_, index) => index).sort((a, b) => magnitude(scores, b) - magnitude(scores, a));
}

function magnitude(scores: readonly number[], index: number): number {
  return Math.abs(scores[index] ?? 0);
}

/** A score as people read it: with a sign where signs mean something. */
export function shownScore(kind: ScoreKind, score: number): string {
  // Some of those without a sign are all small: what tells them apart must not be rounded away.
  return kind === "signed" ? formatScore(score) : score > 0 && score < 0.01 ? score.toPrecision(2) : score.toFixed(3);
}

/** A standard error as it stands beside its score; nothing where there is none. */
export function shownError(error: number | null): string {
  return error === null || !Number.isFinite(error) ? "" : `± ${error.toFixed(3)}`;
}
