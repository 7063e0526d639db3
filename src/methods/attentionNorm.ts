import { chosenLayer } from "./attention";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";
import { projectedValues, weigh } from "./weighedValues";

/** Attention weighed by values in one layer (Kobayashi et al. 2020, equation 4): ‖Σ_h A^h_ij v^h_j W^h‖, the length of what each token j adds to the one that the model reads, or its mean over all. */
export const attentionNorm: InsideMethod = {
  asks: "inside",
  looks: ["attended"],
  planned: () => 1,
  async run({ tokens, maps, attended }, question, { signal, onProgress }) {
    const layer = chosenLayer(question);
    const map = (await maps())[layer];
    const block = (await attended()).blocks[layer];
    const queries = question.query(tokens);
    const pacer = new Pacer(signal);
    const values = new Float64Array(tokens);
    for (let key = 0; map && block && key < tokens; key++) {
      const projected = projectedValues(block, key);
      const added = new Float64Array(block.sum.width);
      for (const query of queries) {
        weigh(added, map, projected, { query, key });
        const length = Math.sqrt(added.reduce((sum, value) => sum + value * value, 0));
        values[key] = (values[key] ?? 0) + length / queries.length;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    onProgress?.(1);
    return { values, sum: null, evaluations: 1 };
  },
  summary: (_, question) => ({ parameters: { layer: chosenLayer(question), heads: "sum" } }),
};
