import { ExplainError } from "../common/errors";
import { classification } from "./classification";
import { findLabel } from "./labels";
import { meanOutputs, type TaskKind } from "./task";

/** Plain numbers of a text, or of two: the target is one of them, as it is. A single output is always a number. */
export const regression: TaskKind = {
  detects: (config) => classification.detects(config) && (config.problem === "regression" || config.labels === 1),
  fits: (outputs) => outputs > 0,
  gives: () => "number",
  /** In the model's order. */
  predict(head, outputs, shares) {
    const numbers = meanOutputs(head, outputs, shares);
    return head.labels.map((label, index) => ({ index, label, logit: numbers[index] ?? 0, probability: null }));
  },
  target({ labels }, { target, versus }, prediction) {
    const index = target === null ? (prediction[0]?.index ?? 0) : findLabel(labels, target);
    if (versus !== null) {
      throw new ExplainError(
        "label-unknown",
        "The model gives numbers, not classes that could be compared. Leave out what to compare with.",
      );
    }
    const label = labels[index] ?? String(index);
    return { reads: [{ index, weight: 1 }], link: "identity", kind: "number", label, versus };
  },
};
