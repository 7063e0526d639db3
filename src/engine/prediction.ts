import type { ClassScore, Target } from "../common/explanation";
import {
  type ClassificationHead,
  type ClassTarget,
  classProbabilities,
  classScores,
  targetValue,
} from "../tasks/classification";

/** Numbers of several windows as one, each weighted by the window's share; the shares add up to 1. */
export function weightedMean(values: readonly number[], shares: readonly number[]): number {
  return values.reduce((sum, value, index) => sum + value * (shares[index] ?? 0), 0);
}

/** The classes of a text read in one or more windows: probabilities and logits are means over the windows by their share of the content. */
export function combinedPrediction(
  head: ClassificationHead,
  logits: readonly Float32Array[],
  shares: readonly number[],
): ClassScore[] {
  const probabilities = logits.map((row) => classProbabilities(row, head.multiLabel));
  return classScores(
    head,
    head.labels.map((_, index) =>
      weightedMean(
        logits.map((row) => row[index] ?? 0),
        shares,
      ),
    ),
    head.labels.map((_, index) =>
      weightedMean(
        probabilities.map((row) => row[index] ?? 0),
        shares,
      ),
    ),
  );
}

/** The target as views show it, with its value on the whole text and on the text without any content token, if the model can read that. */
export function describeTarget(
  head: ClassificationHead,
  target: ClassTarget,
  whole: readonly Float32Array[],
  empty: readonly Float32Array[] | null,
  shares: readonly number[],
): Target {
  const mean = (rows: readonly Float32Array[]) =>
    weightedMean(
      rows.map((row) => targetValue(target, row)),
      shares,
    );
  return {
    label: head.labels[target.index] ?? "",
    versus: target.versus === null ? null : (head.labels[target.versus] ?? ""),
    position: null,
    kind: target.versus === null ? "logit" : "log-odds",
    value: mean(whole),
    baselineValue: empty ? mean(empty) : null,
  };
}
