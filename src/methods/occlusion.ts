import type { MaskedTarget } from "./maskedTarget";
import type { MethodRun } from "./methodRun";

/** What leaving each feature out changes, on the scale of the target's own value. */
export interface OcclusionResult {
  /** f(all) − f(all without i) for each feature i; positive where the feature supports the target. */
  readonly scores: Float64Array;
  /** f(all). */
  readonly fullValue: number;
  readonly evaluations: number;
}

/** Leave-one-out importance (Li, Monroe and Jurafsky 2016): one evaluation for the whole text and one for each feature left out. */
export async function occlusion(target: MaskedTarget, run: Omit<MethodRun, "seed">): Promise<OcclusionResult> {
  const features = target.features;
  if (features === 0) {
    return { scores: new Float64Array(0), fullValue: Number.NaN, evaluations: 0 };
  }
  const rows = new Uint8Array((features + 1) * features).fill(1);
  for (let feature = 0; feature < features; feature++) {
    rows[(feature + 1) * features + feature] = 0;
  }
  const { logit } = await target.evaluate(rows, run.signal, run.onProgress);
  const fullValue = logit[0] ?? Number.NaN;
  return { scores: logit.subarray(1).map((value) => fullValue - value), fullValue, evaluations: features + 1 };
}
