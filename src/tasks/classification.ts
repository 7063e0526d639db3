import type { OutputKind } from "../common/model";
import { outcomesOf } from "../common/prediction/registry";
import { outputTarget } from "./contrast";
import { findLabel } from "./labels";
import { sigmoid } from "./target";
import { meanOutputs, type TaskConfig, type TaskKind } from "./task";

/** Classes of a text, or of two: the target is a class's logit, or its log-odds against another. */
export const classification: TaskKind = {
  detects: (config) => isSequenceClassifier(config) && config.problem !== regressionProblem,
  fits: (width, gives) => width > 1 || gives === "sigmoid",
  flags: (gives) => (gives === "sigmoid" ? ["threshold"] : []),
  isLabelled: true,
  places: null,
  gives: ({ problem, labels }) => (problem === severalFit || labels === 1 ? "sigmoid" : "softmax"),
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
    const named = (index: number) => ({ index, label: labels[index] ?? String(index) });
    const index = target === null ? (outcomesOf(prediction)[0]?.index ?? 0) : findLabel(labels, target);
    const other = versus === null ? null : named(findLabel(labels, versus));
    return outputTarget([], named(index), other, gives === "sigmoid" ? "sigmoid" : "softmax");
  },
};

const severalFit = "multi_label_classification";

/** What `problem_type` says of models that give plain numbers. */
export const regressionProblem = "regression";

/** Whether a model gives outputs for a text as a whole, whatever they mean. */
export function isSequenceClassifier({ architecture, isNamed }: Pick<TaskConfig, "architecture" | "isNamed">): boolean {
  return architecture === null ? isNamed : /ForSequenceClassification$/.test(architecture);
}

/** Whether a `problem_type` says that labels are classes, even a single one: it then has a probability of its own, as in the text-classification pipeline of transformers. */
export function isOfClasses(problem: unknown): boolean {
  return problem === severalFit || problem === "single_label_classification";
}

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
