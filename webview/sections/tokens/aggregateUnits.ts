import { isKeyOf } from "../../../src/common/checks";
import { addedUp, type Measured, measuredScore } from "../../../src/common/colourScale";
import {
  type Attribution,
  type Explanation,
  specialTotal,
  type Token,
  type Unit,
  type UnitKind,
} from "../../../src/common/explanation";
import { addsUp } from "../../../src/common/method";

/** A token, word or sentence with what a method says of it. */
export interface UnitScore {
  readonly start: number;
  readonly end: number;
  readonly segment: 0 | 1;
  /** Indices of the content tokens in it. */
  readonly tokens: readonly number[];
  /** The slice of the person's text. */
  readonly text: string;
  readonly score: number;
  /** `null` where the method has none; where scores are added up, as if their errors were uncorrelated. */
  readonly standardError: number | null;
}

/** A unit's score as the colour scale takes it. */
export function measuredUnit({ score, standardError }: UnitScore): Measured {
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

/** The units of an explanation in reading order, special tokens left out. */
export function unitsOf(explanation: Explanation, kind: UnitKind): Unit[] {
  if (kind === "word") {
    return [...explanation.words];
  }
  if (kind === "sentence") {
    return [...explanation.sentences];
  }
  return explanation.tokens
    .filter((token) => !token.special)
    .map(({ start, end, segment, index }) => ({ start, end, segment, tokens: [index] }));
}

/**
 * The scores of one method per unit: sums where its scores add up, means of sizes.
 * `kind` must not be finer than the attribution's own units (see {@link shownUnits}).
 */
export function unitScores(
  explanation: Explanation,
  attribution: Attribution | undefined,
  kind: UnitKind,
): UnitScore[] {
  const additive = addsUp(attribution?.method);
  const own = attribution?.units ?? "token";
  const texts = [explanation.text, explanation.pair ?? ""];
  return unitsOf(explanation, kind).map((unit, index) => {
    const parts = own === kind && kind !== "token" ? [index] : partsOf(explanation, unit, own);
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
function partsOf(explanation: Explanation, unit: Unit, own: UnitKind): number[] {
  if (own === "token") {
    return unit.tokens.filter((index) => explanation.tokens[index]?.special === false);
  }
  const wanted = new Set(unit.tokens);
  return unitsOf(explanation, own).flatMap((part, index) => (part.tokens.some((t) => wanted.has(t)) ? [index] : []));
}

/** Position of each unit when sorted by magnitude, 1 for the largest; equal magnitudes keep reading order. */
export function ranks(scores: readonly number[]): number[] {
  const order = scores.map((_, index) => index).sort((a, b) => magnitude(scores, b) - magnitude(scores, a));
  const rank = new Array<number>(scores.length).fill(0);
  order.forEach((index, position) => {
    rank[index] = position + 1;
  });
  return rank;
}

/** The share of each unit in the sum of all magnitudes, 0 to 1. */
export function shares(scores: readonly number[]): number[] {
  const total = scores.reduce((sum, score) => sum + Math.abs(score), 0);
  return scores.map((score) => (total === 0 ? 0 : Math.abs(score) / total));
}

/** Unit indices sorted by magnitude, cut into those to show and the rest; a rest of one is shown. */
export function strongest(
  scores: readonly number[],
  count: number,
): { readonly shown: number[]; readonly rest: number[] } {
  const order = scores.map((_, index) => index).sort((a, b) => magnitude(scores, b) - magnitude(scores, a));
  const cut = order.length <= count + 1 ? order.length : count;
  return { shown: order.slice(0, cut), rest: order.slice(cut) };
}

function magnitude(scores: readonly number[], index: number): number {
  return Math.abs(scores[index] ?? 0);
}

/** How a sum is checked by eye; `null` where the method has none. */
export interface ContributionSum {
  readonly base: number;
  readonly supports: number;
  /** At most 0. */
  readonly against: number;
  /** What special tokens get: 0 where the method leaves them alone. */
  readonly special: number;
  /** base + supports + against + special: what the local model says. */
  readonly local: number;
  readonly full: number;
  /** full − local. */
  readonly gap: number;
}

/** Base value + contributions = local model, against what the model says (all on the attribution's scale). */
export function contributionSum(attribution: Attribution): ContributionSum | null {
  const { baseValue: base, fullValue: full, scores } = attribution;
  if (base === null || full === null) {
    return null;
  }
  const supports = scores.reduce((sum, score) => sum + Math.max(0, score), 0);
  const against = scores.reduce((sum, score) => sum + Math.min(0, score), 0);
  const special = specialTotal(attribution);
  const local = base + supports + against + special;
  return { base, supports, against, special, local, full, gap: full - local };
}

/** A piece of running text: what lies between units, or a unit by its place in the list. */
export type TextRun = { readonly text: string } | { readonly text: string; readonly unit: number };

/**
 * Cuts one segment's text into units and what lies between, in reading order. Units that share a range with an earlier
 * one (bytes of one character) come out with empty text.
 */
export function textRuns(text: string, units: readonly UnitScore[], segment: 0 | 1): TextRun[] {
  const runs: TextRun[] = [];
  let position = 0;
  units.forEach((unit, index) => {
    if (unit.segment !== segment) {
      return;
    }
    if (unit.start > position) {
      runs.push({ text: text.slice(position, unit.start) });
    }
    runs.push({ text: text.slice(Math.max(position, unit.start), Math.max(position, unit.end)), unit: index });
    position = Math.max(position, unit.end);
  });
  if (position < text.length) {
    runs.push({ text: text.slice(position) });
  }
  return runs;
}

/** The index of the unit holding a token, or −1. */
export function unitOfToken(units: readonly UnitScore[], token: Token["index"]): number {
  return units.findIndex((unit) => unit.tokens.includes(token));
}
