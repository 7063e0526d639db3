import { positiveSolver } from "../maths/ridge";
import type { Pacer } from "../pacer";
import type { EvaluatedPair } from "./kernelFit";

/** The Shapley interaction of each pair of features i < j, in reading order, and how far it may be off for what was not drawn. */
export interface Interactions {
  readonly values: Float64Array;
  readonly standardErrors: Float64Array;
}

/** Up to so many pairs of features are fitted; where there are more, the fit would take longer than the model. */
const mostFitted = 500;
/** Ridge of the fit, as a share of the mean of its diagonal: a surrogate need not be unbiased. */
const shrinkage = 0.05;

/** How many pairs so many features have. */
function pairCount(features: number): number {
  return (features * (features - 1)) / 2;
}

/**
 * Shapley interaction index of every pair (Grabisch and Roubens 1999), which is k-SII of order 2: I_ij = Σ w(|S|) [v(S ∪ ij) − v(S ∪ i) − v(S ∪ j) + v(S)] over S without both, w(s) = s!(n−s−2)!/(n−1)!. Written for a subset and its complement together, each
 * counts with c(s) where both or none of i and j are on one side, else with −c'(s), so that only their {@link EvaluatedPair.excess} says anything (the estimator of SHAP-IQ, Fumagalli et al. 2023, paired). Where some are not drawn, what pairs explain of it is fitted
 * first and only the rest is sampled, each row's as if it had not been fitted to: a control variate. Exact where all are drawn.
 */
export async function shapleyInteractions(rows: readonly EvaluatedPair[], pacer: Pacer): Promise<Interactions> {
  const features = rows[0]?.kept.length ?? 0;
  const count = pairCount(features);
  const isSampled = rows.some(({ undrawn }) => undrawn > 0);
  const fit = isSampled && count <= mostFitted ? await pairFit(rows, count, pacer) : null;
  const values = fit?.pairs.slice() ?? new Float64Array(count);
  const squares = new Float64Array(count);
  for (const [index, { kept, excess, weight, undrawn }] of rows.entries()) {
    const rest = fit?.rests[index] ?? excess;
    const size = kept.reduce((sum, one) => sum + one, 0);
    // The kernel's weight is (n − 1)/(C(n, s)·s·(n − s)) for each subset that is there: what is left of w(s) are these factors.
    const together = (weight * features) / (features - 1);
    const bothIn = (together * (features - size)) / (size - 1 || Number.POSITIVE_INFINITY);
    const noneIn = (together * size) / (features - size - 1 || Number.POSITIVE_INFINITY);
    let at = 0;
    for (let i = 0; i < features; i++) {
      for (let j = i + 1; j < features; j++, at++) {
        const factor = kept[i] !== kept[j] ? -together : kept[i] === 1 ? bothIn : noneIn;
        values[at] = (values[at] ?? 0) + factor * rest;
        squares[at] = (squares[at] ?? 0) + undrawn * (factor * rest) ** 2;
      }
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { values, standardErrors: squares.map(Math.sqrt) };
}

interface PairFit {
  /** Of each pair, what it adds where both are there. */
  readonly pairs: Float64Array;
  /** What the fit leaves of each row: of a row that stands for others, as if it had not been fitted to. */
  readonly rests: Float64Array;
}

/** Fits excess ≈ −Σ a_ij over the pairs that a subset parts, by weighted ridge regression. */
async function pairFit(rows: readonly EvaluatedPair[], count: number, pacer: Pacer): Promise<PairFit> {
  const parted = rows.map(({ kept }) => partedBy(kept));
  const gram = new Float64Array(count * count);
  const products = new Float64Array(count);
  for (const [index, list] of parted.entries()) {
    const { weight = 0, excess = 0 } = rows[index] ?? {};
    for (const pair of list) {
      products[pair] = (products[pair] ?? 0) - weight * excess;
      for (const other of list) {
        if (other > pair) {
          break;
        }
        gram[pair * count + other] = (gram[pair * count + other] ?? 0) + weight;
      }
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  let trace = 0;
  for (let pair = 0; pair < count; pair++) {
    trace += gram[pair * count + pair] ?? 0;
  }
  for (let pair = 0; pair < count; pair++) {
    gram[pair * count + pair] = (gram[pair * count + pair] ?? 0) + (shrinkage * trace) / count;
  }
  const solve = positiveSolver(gram, count);
  const pairs = solve(products);
  const rests = new Float64Array(rows.length);
  for (const [index, list] of parted.entries()) {
    const { weight = 0, excess = 0, undrawn = 0 } = rows[index] ?? {};
    const rest = excess + list.reduce((sum, pair) => sum + (pairs[pair] ?? 0), 0);
    rests[index] = undrawn === 0 ? rest : rest / (1 - weight * quadratic(solve, list, count));
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { pairs, rests };
}

/** xᵀ A⁻¹ x for a row x that is 1 at the places of a list. */
function quadratic(solve: (b: Float64Array) => Float64Array, list: readonly number[], count: number): number {
  const row = new Float64Array(count);
  for (const pair of list) {
    row[pair] = 1;
  }
  const solved = solve(row);
  return list.reduce((sum, pair) => sum + (solved[pair] ?? 0), 0);
}

/** The numbers of the pairs of which a subset has one and its complement the other, rising. */
function partedBy(kept: Uint8Array): number[] {
  const list: number[] = [];
  let at = 0;
  for (let i = 0; i < kept.length; i++) {
    for (let j = i + 1; j < kept.length; j++, at++) {
      if (kept[i] !== kept[j]) {
        list.push(at);
      }
    }
  }
  return list;
}
