import type { LayerAttention } from "./attentionScores";
import type { AttendedBlock } from "./inside";

/**
 * What a token's value vectors are after the output projection, each head by itself: v^h_j·W^h, float [heads, width]. Its sum weighted by attention is what the token adds to another
 * (Kobayashi et al. 2020, equation 3).
 */
export function projectedValues(
  { heads, vectors, weights, sum: { width, values } }: AttendedBlock,
  token: number,
): Float64Array {
  const tokens = values.length / width;
  const size = vectors.length / (heads * tokens);
  const projected = new Float64Array(heads * width);
  for (let head = 0; head < heads; head++) {
    for (let at = 0; at < size; at++) {
      const value = vectors[(head * tokens + token) * size + at] ?? 0;
      const line = (head * size + at) * width;
      for (let out = 0; out < width; out++) {
        const place = head * width + out;
        projected[place] = (projected[place] ?? 0) + value * (weights[line + out] ?? 0);
      }
    }
  }
  return projected;
}

/** Adds to `into` what `key` adds to `query` by attention: Σ_h A^h·projected^h. Gives whether that is anything. */
export function addWeighed(
  into: Float64Array,
  { heads, queries, keys, values }: LayerAttention,
  projected: Float64Array,
  { query, key }: { readonly query: number; readonly key: number },
): boolean {
  const width = into.length;
  let isAnything = false;
  for (let head = 0; head < heads; head++) {
    const weight = values[(head * queries + query) * keys + key] ?? 0;
    if (weight !== 0) {
      isAnything = true;
      for (let at = 0; at < width; at++) {
        into[at] = (into[at] ?? 0) + weight * (projected[head * width + at] ?? 0);
      }
    }
  }
  return isAnything;
}
