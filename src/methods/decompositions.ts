import { type Balance, balanceOf } from "./balance";
import { type EmbeddedTarget, type GradientResult, tokenProducts } from "./gradients";
import type { MethodRun } from "./methodRun";

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
  const scores = tokenProducts(target.input, at?.gradient ?? target.input, target.width);
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
  const scores = tokenProducts(difference, full?.gradient ?? input, width);
  return { scores, evaluations: 2, balance: balanceOf(scores, empty?.value ?? Number.NaN, full?.value ?? Number.NaN) };
}
