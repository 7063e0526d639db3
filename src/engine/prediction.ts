import type { Target as ShownTarget } from "../common/explanation";
import { type Target, targetValue } from "../tasks/target";
import { weightedMean } from "../tasks/task";

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
