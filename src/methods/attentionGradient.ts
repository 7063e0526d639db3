import { chosenLayer } from "./attention";
import type { InsideMethod } from "./method";

/**
 * Attention × gradient in one layer: Σ_h Σ_i A^h_ij · ∂f/∂A^h_ij for each token j, signed (as α·∇α of Serrano and Smith 2019, section 4, for several heads and queries). To first
 * order, what `f` would lose if nobody looked at the token in that layer.
 */
export const attentionGradient: InsideMethod = {
  asks: "inside",
  looks: ["gradients"],
  planned: () => 1,
  async run({ tokens, gradients }, question, { onProgress }) {
    const layer = chosenLayer(question);
    const map = (await gradients()).maps[layer];
    const values = new Float64Array(tokens);
    for (const [at, weight] of map?.values.entries() ?? []) {
      const token = at % tokens;
      values[token] = (values[token] ?? 0) + weight * (map?.slopes[at] ?? 0);
    }
    onProgress?.(1);
    return { values, sum: null, evaluations: 1 };
  },
  summary: (_, question) => ({ parameters: { layer: chosenLayer(question), heads: "sum" } }),
};
