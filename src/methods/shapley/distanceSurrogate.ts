import { legendreNodes } from "../maths/legendre";
import { positiveSolver } from "../maths/ridge";
import { wholePower } from "../maths/wholePower";
import type { Pacer } from "../pacer";
import type { EvaluatedPair } from "./kernelFit";

/** How many parts the pairs are split into; each part's surrogate is fitted on the pairs of the others. */
const folds = 8;
/** Surrogates are fitted on at most so many pairs. */
const mostFitted = 600;
/** What is believed before, on one scale: the variance of noise and of the sum of single effects, and by what exponent likeness falls over all features. */
const prior = { noise: 0.01, linear: 2, fall: 3 };

/** A subset with what its complement lacks: v(subset) − v(complement). */
type Known = Pick<EvaluatedPair, "kept" | "difference">;

/** What surrogates say, the mean over folds. */
interface Surrogates {
  /** Their exact Shapley values. */
  readonly scores: Float64Array;
  /** For each pair the difference by all surrogates, which nearly all have seen it. */
  readonly guesses: Float64Array;
  /** For each pair the difference by the surrogate that has not seen it. */
  readonly unseen: Float64Array;
}

/**
 * Gaussian processes over the differences between subsets and their complements, in which two subsets are as alike as their Hamming distance h is small: linear·(1 − 2h/n) + exp(−fall·h/n) −
 * exp(−fall·(n − h)/n), which is odd, as only what is odd in a game has to do with Shapley values. Each exponential is a product over features, so its Shapley values are an integral of a polynomial.
 */
export async function fitDistanceSurrogates(
  pairs: readonly EvaluatedPair[],
  total: number,
  pacer: Pacer,
): Promise<Surrogates> {
  const features = pairs[0]?.kept.length ?? 1;
  const rows: Known[] = [{ kept: new Uint8Array(features).fill(1), difference: total }, ...pairs];
  const known = rows.slice(0, mostFitted + 1);
  const likeness = await likenessOf(rows, known, pacer);
  const slopes = slopesOf(features);
  const fold = foldsOf(pairs);
  const scores = new Float64Array(features);
  const guesses = new Float64Array(pairs.length);
  const unseen = new Float64Array(pairs.length);
  for (let f = 0; f < folds; f++) {
    const members = [...known.keys()].filter((row) => row === 0 || fold[row - 1] !== f);
    const dual = dualOf(members, known, likeness);
    for (const [m, row] of members.entries()) {
      const kept = known[row]?.kept ?? new Uint8Array(features);
      const { ifKept, ifDropped } = slopes[countOf(kept)] ?? { ifKept: 0, ifDropped: 0 };
      for (let i = 0; i < features; i++) {
        scores[i] = (scores[i] ?? 0) + ((dual[m] ?? 0) * (kept[i] === 1 ? ifKept : ifDropped)) / folds;
      }
    }
    for (let index = 0; index < pairs.length; index++) {
      const offset = (index + 1) * known.length;
      let guess = 0;
      for (let m = 0; m < members.length; m++) {
        guess += (dual[m] ?? 0) * (likeness[offset + (members[m] ?? 0)] ?? 0);
      }
      guesses[index] = (guesses[index] ?? 0) + guess / folds;
      if (fold[index] === f) {
        unseen[index] = guess;
      }
    }
    await pacer.rest();
  }
  return { scores, guesses, unseen };
}

/** Deals the pairs of a size to the folds in turn, so that each fold has its part of every size; a pair stays in its fold when more are drawn. */
function foldsOf(pairs: readonly EvaluatedPair[]): Uint8Array {
  const dealt = new Map<number, number>();
  return Uint8Array.from(pairs, ({ kept }) => {
    const count = countOf(kept);
    const size = Math.min(count, kept.length - count);
    const before = dealt.get(size) ?? 0;
    dealt.set(size, before + 1);
    return (before + size) % folds;
  });
}

/** How alike rows are to those known, float [rows, known]. */
async function likenessOf(rows: readonly Known[], known: readonly Known[], pacer: Pacer): Promise<Float64Array> {
  const features = rows[0]?.kept.length ?? 1;
  const { linear, fall } = prior;
  const table = Float64Array.from({ length: features + 1 }, (_, distance) => {
    const share = distance / features;
    return linear * (1 - 2 * share) + Math.exp(-fall * share) - Math.exp(-fall * (1 - share));
  });
  const likeness = new Float64Array(rows.length * known.length);
  for (const [row, { kept }] of rows.entries()) {
    for (const [column, other] of known.entries()) {
      let distance = 0;
      for (let i = 0; i < features; i++) {
        distance += (kept[i] ?? 0) ^ (other.kept[i] ?? 0);
      }
      likeness[row * known.length + column] = table[distance] ?? 0;
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return likeness;
}

/** The weight of each member's likeness in the surrogate that is fitted to them. */
function dualOf(members: readonly number[], known: readonly Known[], likeness: Float64Array): Float64Array {
  const count = members.length;
  const matrix = new Float64Array(count * count);
  for (const [m, row] of members.entries()) {
    for (let t = 0; t <= m; t++) {
      matrix[m * count + t] = likeness[row * known.length + (members[t] ?? 0)] ?? 0;
    }
    matrix[m * count + m] = (matrix[m * count + m] ?? 0) + prior.noise;
  }
  const differences = Float64Array.from(members, (row) => known[row]?.difference ?? 0);
  return positiveSolver(matrix, count)(differences);
}

/**
 * The Shapley values of half the likeness to a subset, by how many features this keeps, of a feature that it keeps or drops: ∫₀¹ (a − b)·Π (t·aⱼ + (1 − t)·bⱼ) dt over the other features j, where aⱼ and bⱼ are
 * the factors with j kept and dropped, 1 where that is as in the subset, else exp(−fall/n). The likeness to its complement has the opposite ones.
 */
function slopesOf(features: number): readonly { readonly ifKept: number; readonly ifDropped: number }[] {
  const factor = Math.exp(-prior.fall / features);
  const nodes = legendreNodes(Math.ceil(features / 2));
  const integral = (kept: number, dropped: number): number =>
    nodes.reduce(
      (sum, { at, weight }) =>
        sum + weight * wholePower(at + (1 - at) * factor, kept) * wholePower(at * factor + 1 - at, dropped),
      0,
    );
  const linear = prior.linear / features;
  return Array.from({ length: features + 1 }, (_, count) => ({
    ifKept: count === 0 ? 0 : linear + (1 - factor) * integral(count - 1, features - count),
    ifDropped: count === features ? 0 : -linear - (1 - factor) * integral(count, features - count - 1),
  }));
}

function countOf(kept: Uint8Array): number {
  return kept.reduce((sum, one) => sum + one, 0);
}
