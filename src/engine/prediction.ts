import type { Target as ShownTarget } from "../common/explanation";
import { reducedTarget, type Target, targetValue } from "../tasks/target";
import { weightedMean } from "../tasks/task";

/** A target on the windows of a text, as it is shown: the mean by their share of the content. */
export function windowsMean(
  target: Target,
  outputs: readonly Float32Array[],
  {
    text: { inputs },
    model: { task },
  }: {
    readonly text: { readonly inputs: readonly { readonly share: number }[] };
    readonly model: { readonly task: { readonly width: number } };
  },
): number {
  const reduced = reducedTarget(target, task.width);
  return weightedMean(
    outputs.map((row) => targetValue(reduced, row)),
    inputs.map(({ share }) => share),
  );
}

/** The target as views show it, with its value on the whole text; that without any word is not known yet. */
export function describeTarget({ at, label, versus, kind }: Target, value: number): ShownTarget {
  return { label, versus, position: at[0] ?? null, kind, value, baselineValue: null };
}
