import { tokenNorms } from "./embedded";
import type { EmbeddedMethod } from "./method";

/** Saliency ‖∂f/∂eᵢ‖₂ of each token (Simonyan, Vedaldi and Zisserman 2014, with the Euclidean norm over the width). */
export const saliency: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: () => 1,
  async run(target, _, { signal, onProgress }) {
    const [at] = await target.gradients([target.input], signal, onProgress);
    return { values: tokenNorms(at?.gradient ?? target.input, target.width), sum: null, evaluations: 1 };
  },
};
