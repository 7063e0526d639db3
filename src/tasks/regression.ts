import { ExplainError } from "../common/errors";
import { outcomesOf } from "../common/prediction/registry";
import { isOfClasses, isSequenceClassifier, regressionProblem } from "./classification";
import { findLabel } from "./labels";
import { meanOutputs, type TaskKind } from "./task";

/** Plain numbers of a text, or of two: the target is one of them, as it is. A single output is one where nothing says that it is a class. */
export const regression: TaskKind = {
  detects: (config) =>
    isSequenceClassifier(config) &&
    (config.problem === regressionProblem || (config.labels === 1 && !isOfClasses(config.problem))),
  fits: (width) => width > 0,
  isLabelled: true,
  places: null,
  gives: () => "number",
  /** In the model's order. */
  predict(head, { windows }) {
    const means = meanOutputs(head, windows);
    const numbers = head.labels.map((label, index) => ({ index, label, logit: means[index] ?? 0, probability: null }));
    return { kind: "number", value: means[0] ?? 0, numbers };
  },
  target({ labels }, { target, versus }, prediction) {
    const index = target === null ? (outcomesOf(prediction)[0]?.index ?? 0) : findNumber(labels, target);
    if (versus !== null) {
      throw new ExplainError(
        "label-unknown",
        "The model gives numbers, not classes that could be compared. Leave out what to compare with.",
      );
    }
    const label = labels[index] ?? String(index);
    return { at: [], reads: [{ index, weight: 1 }], link: "identity", kind: "number", label, versus };
  },
};

/** The number that a name means. Throws `label-unknown`. */
function findNumber(labels: readonly string[], name: string): number {
  try {
    return findLabel(labels, name);
  } catch (error) {
    throw labels.length > 1
      ? error
      : new ExplainError(
          "label-unknown",
          "The model gives one number and has no labels to choose from. Leave the label out.",
        );
  }
}
