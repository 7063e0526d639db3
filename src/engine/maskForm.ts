import type { LayerAttention } from "../methods/attentionScores";

/** Which keys the queries of a layer could look at in one run. */
export interface MaskForm {
  /** No query looks at a later key. */
  readonly causal: boolean;
  /** How many tokens away a key may be; `null` where no limit was seen. */
  readonly window: number | null;
}

/** Reads the mask of a layer from the zeros of its maps: where all heads of all queries have 0, nothing may be looked at. */
export function maskForm({ heads, queries, keys, values }: LayerAttention): MaskForm {
  let [before, after] = [0, 0];
  for (let row = 0; row < heads * queries; row++) {
    const query = row % queries;
    for (let key = 0; key < keys; key++) {
      if ((values[row * keys + key] ?? 0) !== 0) {
        before = Math.max(before, query - key);
        after = Math.max(after, key - query);
      }
    }
  }
  const causal = queries > 1 && after === 0;
  const reach = Math.max(before, after);
  return { causal, window: reach < Math.min(queries, keys) - 1 ? reach : null };
}
