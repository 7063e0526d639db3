import { twoStreams } from "../graph/refusal";
import type { MapGradients } from "./inside";
import { readWeights } from "./layerProduct";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";

/**
 * Relevance through attention (Chefer, Gur and Wolf, ICCV 2021, equations 5 and 6): from R = I, first layer first, R ← R + ĀR with Ā = mean_h max(0, ∂f/∂A ⊙ A). Read in
 * the row of the token that the model reads (or the mean of all rows), without the 1 that R begins with there: what is left came through attention.
 */
export const chefer: InsideMethod = {
  asks: "inside",
  looks: ["gradients", "oneStream"],
  planned: () => 1,
  async run({ tokens, gradients }, { query }, { signal, onProgress }) {
    const { maps, isAll } = await gradients();
    if (!isAll) {
      throw twoStreams();
    }
    onProgress?.(1);
    const pacer = new Pacer(signal);
    const start = readWeights(tokens, query(tokens));
    let row = start;
    // One row of the product is enough, from the last layer on.
    for (const map of maps.toReversed()) {
      row = throughLayer(row, map);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    return { values: row.map((value, token) => value - (start[token] ?? 0)), sum: null, evaluations: 1 };
  },
};

/** r + rĀ for a row r. */
function throughLayer(row: Float64Array, { heads, queries, keys, values, slopes }: MapGradients): Float64Array {
  const next = row.slice();
  for (let at = 0; at < heads * queries; at++) {
    const share = (row[at % queries] ?? 0) / heads;
    if (share !== 0) {
      for (let key = 0; key < keys; key++) {
        const weighted = (values[at * keys + key] ?? 0) * (slopes[at * keys + key] ?? 0);
        if (weighted > 0) {
          next[key] = (next[key] ?? 0) + share * weighted;
        }
      }
    }
  }
  return next;
}
