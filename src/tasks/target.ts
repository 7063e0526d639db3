import type { TargetKind } from "../common/explanation";

/** One output of the model, and how much it counts in a target. */
export interface Read {
  /** Its place among the outputs of the text, or `slot × width + output` where they are read at tokens, slots being the tokens of {@link Target.at} in their order. */
  readonly index: number;
  readonly weight: number;
}

/** The scalar that is explained: a weighted sum of a model's outputs. All that methods, gradients and masked rows need to know of a task. */
export interface Target {
  /** The tokens at which outputs are read; none for outputs of the text as a whole. */
  readonly at: readonly number[];
  /** The window in which these are read; the one in whose middle they are most where left out. */
  readonly window?: number;
  /** Which of the task's hypotheses the text is read with, where it has some. */
  readonly hypothesis?: number;
  readonly reads: readonly Read[];
  /**
   * What probability belongs to it: that of the one output that is read among all of its text or token (`softmax`), that of the sum as log-odds (`sigmoid`), or none
   * (`identity`).
   */
  readonly link: "softmax" | "sigmoid" | "identity";
  readonly kind: TargetKind;
  /** What is explained, in the model's words, and what it is compared with. */
  readonly label: string;
  readonly versus: string | null;
  /** Others that could be explained of the same text, this one among them or not: methods that hide tokens look for what matters to any of them, so that all are explained from the same runs. */
  readonly beside?: readonly Pick<Target, "at" | "reads">[];
}

/** The target's own value on one row of outputs. */
export function targetValue({ reads }: Pick<Target, "reads">, outputs: ArrayLike<number>): number {
  return reads.reduce((sum, { index, weight }) => sum + weight * (outputs[index] ?? Number.NaN), 0);
}

/**
 * log p/(1 − p) of the target's probability on one row of outputs, `width` for the text or for each token: its value, or, of one output among others of a softmax, what that is over the
 * log-sum-exp of the others. What has no probability is itself.
 */
export function targetLogOdds(
  { reads, link }: Pick<Target, "reads" | "link">,
  outputs: ArrayLike<number>,
  width = outputs.length,
): number {
  const own = targetValue({ reads }, outputs);
  if (link !== "softmax") {
    return own;
  }
  const first = Math.floor((reads[0]?.index ?? 0) / width) * width;
  const slot = Array.from({ length: width }, (_, at) => outputs[first + at] ?? Number.NaN);
  return own - logSumExp(slot.filter((_, at) => reads.every(({ index }) => index !== first + at)));
}

/** log Σ exp, without overflow. */
function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

/** Outputs of one text or token that are more than these are not kept of every row: see {@link reducedTarget}. */
const mostKept = 1000;

/** A target on outputs of which only some are kept; see {@link reducedOutputs}. */
export interface ReducedTarget extends Pick<Target, "reads" | "link"> {
  /** Which outputs are kept at each token; `null` keeps all. */
  readonly chosen: readonly number[] | null;
  /** How many numbers there are for the text or for each token. */
  readonly width: number;
}

/** A target as it is read off the rows of a run: where a model gives a whole vocabulary, of each token only what the target reads, and the log-sum-exp of the rest. */
export function reducedTarget({ reads, link }: Pick<Target, "reads" | "link">, width: number): ReducedTarget {
  if (width <= mostKept) {
    return { reads, link, chosen: null, width };
  }
  const chosen = [...new Set(reads.map(({ index }) => index % width))];
  const reduced = chosen.length + 1;
  return {
    reads: reads.map(({ index, weight }) => ({
      index: Math.floor(index / width) * reduced + chosen.indexOf(index % width),
      weight,
    })),
    link,
    chosen,
    width: reduced,
  };
}

/** Of the outputs at one token the chosen ones, and the log-sum-exp of all others. */
export function reducedOutputs(outputs: Float32Array, chosen: readonly number[]): number[] {
  const own = new Set(chosen);
  let largest = Number.NEGATIVE_INFINITY;
  for (const [index, value] of outputs.entries()) {
    if (value > largest && !own.has(index)) {
      largest = value;
    }
  }
  let sum = 0;
  for (const [index, value] of outputs.entries()) {
    if (!own.has(index)) {
      sum += Math.exp(value - largest);
    }
  }
  return [...chosen.map((index) => outputs[index] ?? Number.NaN), largest + Math.log(sum)];
}

/** What the sum of outputs, each weighed with one of another text, reads. */
export function weighedTarget(weights: Float32Array): Pick<Target, "reads"> {
  return { reads: Array.from(weights, (weight, index) => ({ index, weight })) };
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
