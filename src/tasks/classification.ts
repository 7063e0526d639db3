import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { ClassScore } from "../common/explanation";
import type { OutputKind } from "../common/model";
import { sigmoid, type Target } from "./target";

/** What turns a model's outputs into classes or named numbers: their labels in order, and what they are. */
export interface ClassificationHead {
  readonly labels: readonly string[];
  readonly gives: OutputKind;
}

/** Probabilities of one row of logits; `null` for plain numbers. */
export function classProbabilities(logits: ArrayLike<number>, gives: OutputKind): number[] | null {
  const values = Array.from(logits);
  if (gives !== "softmax") {
    return gives === "sigmoid" ? values.map(sigmoid) : null;
  }
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** All classes with logit and probability, most probable first, equal ones in class order; plain numbers in the model's order. */
export function classScores(
  head: ClassificationHead,
  logits: ArrayLike<number>,
  probabilities: readonly number[] | null = classProbabilities(logits, head.gives),
): ClassScore[] {
  const scores = head.labels.map((label, index) => ({ index, label, logit: logits[index] ?? 0 }));
  if (probabilities === null) {
    return scores.map((score) => ({ ...score, probability: null }));
  }
  return scores
    .map((score) => ({ ...score, probability: probabilities[score.index] ?? 0 }))
    .sort((a, b) => b.probability - a.probability || b.logit - a.logit || a.index - b.index);
}

/**
 * The class a person means by a label, as the model has it or as it is shown, or a class number. Labels win over numbers, exact spelling over another case.
 * Throws `label-unknown` listing the labels.
 */
export function findLabel(head: ClassificationHead, name: string): number {
  const wanted = cleanName(name);
  const exact = head.labels.indexOf(wanted);
  if (exact >= 0) {
    return exact;
  }
  const folded = wanted.toLowerCase();
  const similar = head.labels.findIndex((label) => label.toLowerCase() === folded);
  if (similar >= 0) {
    return similar;
  }
  const index = /^\d+$/.test(wanted) ? Number(wanted) : -1;
  if (index >= 0 && index < head.labels.length) {
    return index;
  }
  if (head.labels.length === 1) {
    throw new ExplainError(
      "label-unknown",
      "The model gives one number and has no labels to choose from. Leave the label out.",
    );
  }
  const shown = head.labels.slice(0, 20).join(", ");
  throw new ExplainError(
    "label-unknown",
    'The model has no label "{0}". Choose one of: {1}.',
    wanted,
    head.labels.length > 20 ? `${shown} …` : shown,
  );
}

/** The target of a request: the named label or, with `null`, the first of the prediction; `versus` may be another class, but no plain number. */
export function resolveTarget(
  head: ClassificationHead,
  target: string | null,
  versus: string | null,
  prediction: readonly ClassScore[],
): Target {
  const index = target === null ? (prediction[0]?.index ?? 0) : findLabel(head, target);
  const label = head.labels[index] ?? String(index);
  if (versus === null) {
    const reads = [{ index, weight: 1 }];
    return head.gives === "number"
      ? { reads, link: "identity", kind: "number", label, versus: null }
      : { reads, link: head.gives, kind: "logit", label, versus: null };
  }
  if (head.gives === "number") {
    throw new ExplainError(
      "label-unknown",
      "The model gives numbers, not classes that could be compared. Leave out what to compare with.",
    );
  }
  const other = findLabel(head, versus);
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
  return { reads, link: "sigmoid", kind: "log-odds", label, versus: head.labels[other] ?? String(other) };
}
