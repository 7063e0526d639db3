import { ExplainError } from "../common/errors";
import type { OutputKind } from "../common/model";
import { outcomesOf } from "../common/prediction/registry";
import { findLabel } from "./labels";
import { sigmoid } from "./target";
import { meanOutputs, type TaskKind } from "./task";

/** Classes of a text, or of two: the target is a class's logit, or its log-odds against another. */
export const classification: TaskKind = {
  detects: ({ architecture, isNamed }) =>
    architecture === null ? isNamed : /ForSequenceClassification$/.test(architecture),
  fits: (width) => width > 1,
  isLabelled: true,
  places: null,
  gives: ({ problem }) => (problem === "multi_label_classification" ? "sigmoid" : "softmax"),
  /** Most probable class first, equal ones in class order. Probabilities and logits are means. */
  predict(head, { windows }, question) {
    const logits = meanOutputs(head, windows);
    const probabilities = meanOutputs(head, windows, (outputs) => classProbabilities(outputs, head.gives));
    const classes = head.labels
      .map((label, index) => ({
        index,
        label,
        logit: logits[index] ?? 0,
        probability: probabilities[index] ?? 0,
      }))
      .sort((a, b) => b.probability - a.probability || b.logit - a.logit || a.index - b.index);
    return { kind: "classes", classes, threshold: head.gives === "sigmoid" ? question.threshold : null };
  },
  target({ labels, gives }, { target, versus }, prediction) {
    const index = target === null ? (outcomesOf(prediction)[0]?.index ?? 0) : findLabel(labels, target);
    const label = labels[index] ?? String(index);
    if (versus === null) {
      const link = gives === "sigmoid" ? "sigmoid" : "softmax";
      return { at: [], reads: [{ index, weight: 1 }], link, kind: "logit", label, versus };
    }
    const other = findLabel(labels, versus);
    if (other === index) {
      throw new ExplainError(
        "label-unknown",
        '"{0}" cannot be compared with itself. Choose another label to compare with.',
        label,
      );
    }
    const reads = [
      { index, weight: 1 },
      { index: other, weight: -1 },
    ];
    // The probability of one given that it is one of the two.
    return { at: [], reads, link: "sigmoid", kind: "log-odds", label, versus: labels[other] ?? String(other) };
  },
};

/** Probabilities of one row of logits: one softmax, or a sigmoid each. */
export function classProbabilities(logits: ArrayLike<number>, gives: OutputKind): number[] {
  const values = Array.from(logits);
  if (gives === "sigmoid") {
    return values.map(sigmoid);
  }
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
