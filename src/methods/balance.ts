/** What the scores of a method should add up to. */
export interface Balance {
  /** The target where everything starts: on the text without content, or 0 for relevance. */
  readonly baseValue: number;
  /** The target on the text. */
  readonly fullValue: number;
  /** |base value + Σ scores − full value| / |full value − base value|; of relevance what biases, positions and Softmax took. */
  readonly gap: number;
}

const rounding = 1e-6;

/** How far scores add up from a base value to the target on the text. */
export function balanceOf(scores: ArrayLike<number>, baseValue: number, fullValue: number): Balance {
  const change = fullValue - baseValue;
  const missing = Math.abs(Array.from(scores).reduce((sum, score) => sum + score, 0) - change);
  // Where nothing changes, nothing is to be shared out, and only rounding can be missing.
  return { baseValue, fullValue, gap: missing <= rounding ? 0 : missing / Math.max(Math.abs(change), rounding) };
}
