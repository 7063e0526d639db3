import { ExplainError } from "../common/errors";
import type { Target } from "./target";

/** An output, by its place and what it is called. */
interface Named {
  readonly index: number;
  readonly label: string;
}

/** The logit of one output of the text, or at the token `at`, with the probability that `link` says, or its log-odds against another output. Throws `label-unknown` where both are the same. */
export function outputTarget(
  at: readonly number[],
  own: Named,
  other: Named | null,
  link: "softmax" | "sigmoid",
): Target {
  const { index, label } = own;
  if (other === null) {
    return { at, reads: [{ index, weight: 1 }], link, kind: "logit", label, versus: null };
  }
  if (other.index === index) {
    throw comparedWithItself(label);
  }
  const reads = [
    { index, weight: 1 },
    { index: other.index, weight: -1 },
  ];
  // The probability of one given that it is one of the two.
  return { at, reads, link: "sigmoid", kind: "log-odds", label, versus: other.label };
}

/** Says that something was asked rather than itself. */
export function comparedWithItself(label: string): ExplainError {
  return new ExplainError(
    "label-unknown",
    '"{0}" cannot be compared with itself. Choose something else to compare with.',
    label,
  );
}
