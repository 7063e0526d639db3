import type { ClassScore, Target as ShownTarget } from "../common/explanation";
import { type ClassificationHead, classProbabilities, classScores } from "../tasks/classification";
import { type Target, targetValue } from "../tasks/target";

/** Numbers of several windows as one, each weighted by the window's share; the shares add up to 1. */
export function weightedMean(values: readonly number[], shares: readonly number[]): number {
  return values.reduce((sum, value, index) => sum + value * (shares[index] ?? 0), 0);
}

/** The classes or numbers of a text read in one or more windows: probabilities and logits are means over the windows by their share of the content. */
export function combinedPrediction(
  head: ClassificationHead,
  logits: readonly Float32Array[],
  shares: readonly number[],
): ClassScore[] {
  const means = (rows: readonly ArrayLike<number>[]) =>
    head.labels.map((_, index) =>
      weightedMean(
        rows.map((row) => row[index] ?? 0),
        shares,
      ),
    );
  const probabilities = logits.flatMap((row) => {
    const found = classProbabilities(row, head.gives);
    return found ? [found] : [];
  });
  return classScores(head, means(logits), probabilities.length > 0 ? means(probabilities) : null);
}

/** A target on the windows of a text, as it is shown: the mean by their share of the content. */
export function windowsMean(
  target: Target,
  outputs: readonly Float32Array[],
  { inputs }: { readonly inputs: readonly { readonly share: number }[] },
): number {
  return weightedMean(
    outputs.map((row) => targetValue(target, row)),
    inputs.map(({ share }) => share),
  );
}

/** The target as views show it, with its value on the whole text; that without any word is not known yet. */
export function describeTarget({ label, versus, kind }: Target, value: number): ShownTarget {
  return { label, versus, position: null, kind, value, baselineValue: null };
}
