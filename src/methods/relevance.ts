import { message } from "../common/message";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import { tokenProducts } from "./embedded";
import type { EmbeddedMethod } from "./method";

/** Layer-wise relevance Σ_d e_id·a_id of each token i, with the adjoints a of a rule set in place of gradients (Bach et al. 2015; Achtibat et al. 2024). */
export function relevance(rules: RuleSetName): EmbeddedMethod {
  return {
    asks: "embedded",
    rules,
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
}
