import type { EmbeddedTarget, GradientResult } from "./gradients";
import type { MethodRun } from "./methodRun";

/** What the scores of a decomposition should add up to. */
export interface Balance {
  /** The target where everything starts: on the text without content, or 0 for relevance. */
  readonly baseValue: number;
  /** The target on the text. */
  readonly fullValue: number;
  /** |base value + Σ scores − full value| / |full value − base value|; of relevance what biases, positions and Softmax took. */
  readonly gap: number;
}

/** Scores of a decomposition, and how far they add up. */
export interface Decomposition extends GradientResult {
  readonly balance: Balance;
}

/**
 * Layer-wise relevance Σ_d e_id·a_id of each token (Achtibat et al. 2024, AttnLRP); `target` gives as gradients the adjoints a of the rule set
 * `attnLrp`.
 */
export async function layerwiseRelevance(target: EmbeddedTarget, run: Omit<MethodRun, "seed">): Promise<Decomposition> {
  const [at] = await target.gradients([target.input], run.signal, run.onProgress);
  const scores = contributions(target.input, at?.gradient ?? target.input, target.width);
  return { scores, evaluations: 1, balance: balanceOf(scores, 0, at?.value ?? Number.NaN) };
}

/**
 * DeepLIFT contributions Σ_d (e_id − e′_id)·m_id of each token with the rescale rule (Shrikumar, Greenside and Kundaje 2017, eq. 3); `target` gives as
 * gradients the multipliers m of the rule set `deepLift`, for the text and the text without content in one batch.
 */
export async function deepLiftContributions(
  target: EmbeddedTarget,
  run: Omit<MethodRun, "seed">,
): Promise<Decomposition> {
  const { input, baseline, width } = target;
  const [full, empty] = await target.gradients([input, baseline], run.signal, run.onProgress);
  const difference = input.map((value, at) => value - (baseline[at] ?? 0));
  const scores = contributions(difference, full?.gradient ?? input, width);
  return { scores, evaluations: 2, balance: balanceOf(scores, empty?.value ?? Number.NaN, full?.value ?? Number.NaN) };
}

function contributions(values: Float32Array, adjoints: Float32Array, width: number): Float64Array {
  const scores = new Float64Array(values.length / width);
  values.forEach((value, at) => {
    const token = Math.floor(at / width);
    scores[token] = (scores[token] ?? 0) + value * (adjoints[at] ?? 0);
  });
  return scores;
}

/** How far scores add up from a base value to the target on the text. */
export function balanceOf(scores: Float64Array, baseValue: number, fullValue: number): Balance {
  const change = fullValue - baseValue;
  const missing = Math.abs(scores.reduce((sum, score) => sum + score, 0) - change);
  // Where nothing changes, nothing is to be shared out, and only rounding can be missing.
  return { baseValue, fullValue, gap: missing <= 1e-6 ? 0 : missing / Math.abs(change) };
}
