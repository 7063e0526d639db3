import { message } from "../common/message";
import { chosenLayer } from "./attention";
import type { InsideMethod } from "./method";
import { meanOf } from "./method";

/**
 * Grad-CAM on tokens: ReLU(Σ_d α_d·h_id) of each token i, with α_d = mean_i ∂f/∂h_id and h the states that the chosen layer leaves (Selvaraju et al. 2017, equations 1 and 2, with
 * tokens as places). The figure `cut` is the share of all scores, by size, that ReLU takes away because they speak against the target.
 */
export const gradCam: InsideMethod = {
  asks: "inside",
  looks: ["states", "gradients"],
  planned: () => 1,
  async run({ tokens, states, gradients }, question, { onProgress }) {
    // The first states are the embeddings.
    const at = chosenLayer(question) + 1;
    const { width, values: h } = (await states())[at] ?? { width: 0, values: new Float32Array() };
    const slopes = (await gradients()).states[at]?.values ?? h;
    const weights = new Float64Array(width);
    for (const [index, slope] of slopes.entries()) {
      weights[index % width] = (weights[index % width] ?? 0) + slope / tokens;
    }
    const signed = Float64Array.from({ length: tokens }, (_, token) =>
      weights.reduce((sum, weight, d) => sum + weight * (h[token * width + d] ?? 0), 0),
    );
    const sizes = signed.reduce((sum, score) => sum + Math.abs(score), 0);
    const cut = signed.reduce((sum, score) => sum + Math.max(0, -score), 0) / (sizes || 1);
    onProgress?.(1);
    return { values: signed.map((score) => Math.max(0, score)), sum: null, evaluations: 1, figures: { cut } };
  },
  summary({ parts }, question) {
    const cut = meanOf(parts, ({ figures }) => figures?.cut ?? 0);
    return {
      parameters: { layer: chosenLayer(question) },
      quality: { cut },
      notes: [
        message(
          "{0} % of what the layer's states hold speaks against what is explained, and is left out.",
          (100 * cut).toFixed(1),
        ),
      ],
    };
  },
};
