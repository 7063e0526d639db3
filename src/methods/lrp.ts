import { message } from "../common/message";
import { tokenProducts } from "./embedded";
import type { EmbeddedMethod } from "./method";

/** Layer-wise relevance Σ_d e_id·a_id of each token (Achtibat et al. 2024, AttnLRP); the target gives as gradients the adjoints a of its rules. */
export const lrp: EmbeddedMethod = {
  asks: "embedded",
  rules: "relevance",
  planned: () => 1,
  async run({ input, width, gradients }, _, { signal, onProgress }) {
    const [at] = await gradients([input], signal, onProgress);
    const values = tokenProducts(input, at?.gradient ?? input, width);
    return { values, sum: { base: 0, full: at?.value ?? Number.NaN }, evaluations: 1 };
  },
  summary({ sum }) {
    const gap = sum?.gap ?? Number.NaN;
    const percent = (100 * gap).toFixed(1);
    return {
      quality: { conservationGap: gap },
      notes: [message("The scores miss the target by {0} %: what biases, positions and Softmax take.", percent)],
    };
  },
};
