import { positiveSolver } from "../maths/ridge";
import type { Pacer } from "../pacer";

/** What is known of a subset and its complement. */
export interface EvaluatedPair {
  /** Keep-mask of the subset, uint8 [n]. */
  readonly kept: Uint8Array;
  /** v(subset) − v(complement). */
  readonly difference: number;
  /** v(subset) + v(complement) − v(∅) − v(all): what no sum of scores explains. */
  readonly excess: number;
  /** Weight of the subset and of its complement, each. */
  readonly weight: number;
  /** What share of the pairs that it stands for was not drawn; where 0 it adds nothing to the errors. */
  readonly undrawn: number;
  /** What the difference would be more, were the pair not among those known; 0 where left out. */
  readonly hidden?: number;
}

/** Shapley values by least squares, and how far they may be off for what was not drawn. */
export interface KernelFit {
  readonly scores: Float64Array;
  /** Of each score, from the residuals of the pairs, each as if it had not been fitted to; 0 where all pairs were drawn. */
  readonly standardErrors: Float64Array;
}

/**
 * Kernel SHAP (Lundberg and Lee 2017, theorem 2): the weighted least squares fit of v(S) ≈ v(∅) + Σ φᵢ over i in S with Σ φᵢ = `total` = v(all) − v(∅). Of a subset and its complement only the difference
 * says anything of φ, so that a row is v(S) − v(S̄) ≈ Σ zᵢ φᵢ with zᵢ = ±1; the last φ is eliminated, so the sum is exact. Needs as many different pairs as features.
 */
export async function kernelFit(pairs: readonly EvaluatedPair[], total: number, pacer: Pacer): Promise<KernelFit> {
  const features = pairs[0]?.kept.length ?? 1;
  const free = features - 1;
  const rows = pairs.map(({ kept }) => signs(kept));
  const gram = new Float64Array(free * free);
  const products = new Float64Array(free);
  for (const [index, { z, last }] of rows.entries()) {
    const { weight = 0, difference = 0 } = pairs[index] ?? {};
    for (let i = 0; i < free; i++) {
      const left = weight * (z[i] ?? 0);
      if (left !== 0) {
        products[i] = (products[i] ?? 0) + left * (difference - last * total);
        for (let j = 0; j <= i; j++) {
          gram[i * free + j] = (gram[i * free + j] ?? 0) + left * (z[j] ?? 0);
        }
      }
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  const solve = positiveSolver(gram, free);
  const scores = withLast(solve(products), total);
  const squares = new Float64Array(features);
  for (const [index, { z }] of rows.entries()) {
    const { kept, weight = 0, difference = 0, undrawn = 0, hidden = 0 } = pairs[index] ?? {};
    if (kept && undrawn > 0) {
      const pull = solve(z);
      const leverage = weight * dot(z, pull);
      const fitted = kept.reduce((sum, one, i) => sum + (one === 1 ? 1 : -1) * (scores[i] ?? 0), 0);
      const residual = (difference + hidden - fitted) / Math.max(1e-9, 1 - leverage);
      for (const [i, value] of withLast(pull, 0).entries()) {
        squares[i] = (squares[i] ?? 0) + undrawn * (weight * residual * value) ** 2;
      }
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { scores, standardErrors: squares.map(Math.sqrt) };
}

/** A row of ±1 without its last entry, each less that entry. */
function signs(kept: Uint8Array): { readonly z: Float64Array; readonly last: number } {
  const last = kept.at(-1) === 1 ? 1 : -1;
  return { z: Float64Array.from(kept.subarray(0, -1), (one) => (one === 1 ? 1 : -1) - last), last };
}

/** Values with one more, which makes their sum `total`. */
function withLast(values: Float64Array, total: number): Float64Array {
  return Float64Array.of(...values, total - values.reduce((sum, value) => sum + value, 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
