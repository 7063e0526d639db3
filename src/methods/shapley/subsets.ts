/** All subsets of some features as keep-masks, uint8 [2ⁿ, n]; bit i of a row's number says whether feature i is kept. */
export function allSubsets(features: number): Uint8Array {
  const rows = new Uint8Array(2 ** features * features);
  for (let row = 0; row < 2 ** features; row++) {
    for (let feature = 0; feature < features; feature++) {
      rows[row * features + feature] = (row >>> feature) & 1;
    }
  }
  return rows;
}

/**
 * Shapley values (Shapley 1953) from a game's values on {@link allSubsets}: φᵢ = Σ |S|!(n−|S|−1)!/n! · (v(S ∪ i) − v(S)) over the subsets S without i.
 * They add up to v(all) − v(∅).
 */
export function exactShapley(values: ArrayLike<number>, features: number): Float64Array {
  const weights = Float64Array.from({ length: features }, (_, size) => 1 / (features * choose(features - 1, size)));
  const scores = new Float64Array(features);
  for (let row = 0; row < values.length; row++) {
    const weight = weights[bitsIn(row)] ?? 0;
    for (let feature = 0; feature < features; feature++) {
      if (((row >>> feature) & 1) === 0) {
        const gain = (values[row + 2 ** feature] ?? Number.NaN) - (values[row] ?? Number.NaN);
        scores[feature] = (scores[feature] ?? 0) + weight * gain;
      }
    }
  }
  return scores;
}

/** In how many ways `size` of `of` things can be chosen. */
export function choose(of: number, size: number): number {
  let ways = 1;
  for (let chosen = 1; chosen <= size; chosen++) {
    ways = Math.round((ways * (of - size + chosen)) / chosen);
  }
  return ways;
}

function bitsIn(row: number): number {
  let count = 0;
  for (let rest = row; rest !== 0; rest &= rest - 1) {
    count++;
  }
  return count;
}
