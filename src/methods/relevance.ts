import { formatNumber } from "../common/format";
import { message } from "../common/message";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import { tokenProducts } from "./embedded";
import { type EmbeddedMethod, meanFigures } from "./method";

/**
 * Layer-wise relevance Σ_d e_id·a_id of each token i, with the adjoints a of a rule set in place of gradients (Bach et al. 2015; Achtibat et al. 2024). What the target has more
 * is told apart: the figures `biases` and `places` (positions, segments) by the same rule, and what is left, `softmax`, is what the rules do not conserve.
 */
export function relevance(rules: RuleSetName): EmbeddedMethod {
  return {
    asks: "embedded",
    rules,
    planned: () => 1,
    async run({ input, width, gradients }, _, { signal, onProgress }) {
      const [at] = await gradients([input], signal, onProgress);
      const values = tokenProducts(input, at?.gradient ?? input, width);
      const full = at?.value ?? Number.NaN;
      const { biases, places } = at?.absorbed ?? { biases: 0, places: 0 };
      const softmax = full - values.reduce((sum, score) => sum + score, biases + places);
      return { values, sum: { base: 0, full }, evaluations: 1, figures: { biases, places, softmax } };
    },
    summary({ sum, parts }) {
      const gap = sum?.gap ?? Number.NaN;
      const { biases = 0, places = 0, softmax = 0 } = meanFigures(parts);
      return {
        quality: { conservationGap: gap, biases, places, softmax },
        notes: [
          message(
            "The scores miss the target by {0} %: biases take {1}, positions and segments {2}, Softmax and the rest {3}.",
            (100 * gap).toFixed(1),
            ...[biases, places, softmax].map(formatNumber),
          ),
        ],
      };
    },
  };
}
