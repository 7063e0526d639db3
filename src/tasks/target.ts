import type { TargetKind } from "../common/explanation";

/** One output of the model, and how much it counts in a target. */
export interface Read {
  readonly index: number;
  readonly weight: number;
}

/** The scalar that is explained: a weighted sum of a model's outputs. All that methods, gradients and masked rows need to know of a task. */
export interface Target {
  readonly reads: readonly Read[];
  /**
   * What probability belongs to it: that of the one output that is read among all (`softmax`), that of the sum as log-odds (`sigmoid`), or none
   * (`identity`).
   */
  readonly link: "softmax" | "sigmoid" | "identity";
  readonly kind: TargetKind;
  /** What is explained, in the model's words, and what it is compared with. */
  readonly label: string;
  readonly versus: string | null;
}

/** The target's own value on one row of outputs. */
export function targetValue({ reads }: Pick<Target, "reads">, outputs: ArrayLike<number>): number {
  return reads.reduce((sum, { index, weight }) => sum + weight * (outputs[index] ?? Number.NaN), 0);
}

/**
 * log p/(1 − p) of the target's probability on one row of outputs: its value, or, of one output among others of a softmax, what that is over the
 * log-sum-exp of the others. What has no probability is itself.
 */
export function targetLogOdds({ reads, link }: Pick<Target, "reads" | "link">, outputs: ArrayLike<number>): number {
  const own = targetValue({ reads }, outputs);
  if (link !== "softmax") {
    return own;
  }
  const others = Array.from(outputs).filter((_, index) => reads.every((read) => read.index !== index));
  const largest = Math.max(...others);
  return own - (largest + Math.log(others.reduce((sum, value) => sum + Math.exp(value - largest), 0)));
}

/** The gradient of the target with respect to so many outputs. */
export function targetSeed({ reads }: Pick<Target, "reads">, outputs: number): Float32Array {
  const seed = new Float32Array(outputs);
  for (const { index, weight } of reads) {
    seed[index] = (seed[index] ?? 0) + weight;
  }
  return seed;
}

/** The probability that belongs to a log-odds. */
export function sigmoid(logOdds: number): number {
  return logOdds >= 0 ? 1 / (1 + Math.exp(-logOdds)) : Math.exp(logOdds) / (1 + Math.exp(logOdds));
}
