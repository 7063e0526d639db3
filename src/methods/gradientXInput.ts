import { message } from "../common/message";
import { largestOf, tokenNorms, tokenProducts } from "./embedded";
import { type EmbeddedMethod, largestFigure } from "./method";

/** Below this cosine between embedding and gradient, at every token, their product is what rounding leaves: by chance one is near 1/√width. */
const roundingCosine = 1e-3;

/**
 * Gradient × input Σ_d e_id·∂f/∂e_id of each token (Shrikumar et al. 2016). Where a normalisation follows the embeddings directly, their length
 * changes nothing and the product is 0; what the arithmetic leaves of it is no score, and the figure `isRounding` is 1.
 */
export const gradientXInput: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: () => 1,
  async run({ input, width, gradients }, _, { signal, onProgress }) {
    const [at] = await gradients([input], signal, onProgress);
    const gradient = at?.gradient ?? input;
    const values = tokenProducts(gradient, input, width);
    const [slopes, lengths] = [tokenNorms(gradient, width), tokenNorms(input, width)];
    const isRounding =
      largestOf(slopes) > 0 &&
      values.every((score, token) => Math.abs(score) <= roundingCosine * (slopes[token] ?? 0) * (lengths[token] ?? 0));
    const found = { values, sum: null, evaluations: 1 };
    return isRounding ? { ...found, values: values.fill(0), figures: { isRounding: 1 } } : found;
  },
  summary: ({ parts }) => ({ notes: largestFigure(parts, "isRounding") > 0 ? [lengthless] : [] }),
};

const lengthless = message(
  "The model normalises each embedding before it reads it, so that its length changes nothing: gradient × input is 0 here. Choose integrated gradients.",
);
