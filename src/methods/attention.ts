import { ExplainError } from "../common/errors";
import { attentionScores } from "./attentionScores";
import type { AttentionMethod, AttentionQuestion, Scored } from "./method";

/** Raw attention in one layer, the mean of its heads: how much the tokens that the model reads look at each token. */
export const attention: AttentionMethod = {
  asks: "attention",
  observe(tokens, question) {
    const wanted = chosenLayer(question);
    let values: Scored["values"] = new Float64Array(tokens);
    return {
      addLayer(layer, number) {
        if (number === wanted) {
          values = attentionScores(layer, question.query(tokens), null);
        }
      },
      scored: () => ({ values, sum: null, evaluations: 0 }),
    };
  },
  summary: (_, question) => ({ parameters: { layer: chosenLayer(question), head: "mean" } }),
};

/** The layer that a method looks at: that of the request, or the last. Throws `method-unavailable` where the model has no such layer. */
export function chosenLayer({ request, layers }: AttentionQuestion): number {
  const wanted = request.layer ?? layers - 1;
  if (wanted >= layers) {
    throw new ExplainError(
      "method-unavailable",
      "The chosen layer does not exist: the model has {0} layers. Choose one of them.",
      layers,
    );
  }
  return wanted;
}
