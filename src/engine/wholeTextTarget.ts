import { dropTokens, type FeatureSet } from "../methods/features";
import type { OwenTarget } from "../methods/owen/owenValues";
import { targetValue } from "../tasks/classification";
import { weightedMean } from "./prediction";
import type { TextRun } from "./textRun";
import { maskedRow } from "./textTarget";

/**
 * The target on the whole text as it is shown, the mean over all windows by their share of the content, as a function of which features are kept.
 * A window that a mask leaves as it was in one before is remembered, not run again.
 */
export class WholeTextTarget implements OwenTarget {
  readonly features: number;
  readonly #run: Pick<TextRun, "model" | "text" | "target">;
  readonly #featureSet: FeatureSet;

  constructor(run: Pick<TextRun, "model" | "text" | "target">, featureSet: FeatureSet) {
    this.features = featureSet.groups.length;
    this.#run = run;
    this.#featureSet = featureSet;
  }

  /** The share of the windows that hold some of the features. */
  costOf(features: readonly number[]): number {
    const { inputs } = this.#run.text;
    const tokens = features.flatMap((feature) => this.#featureSet.groups[feature] ?? []);
    return inputs.filter(({ weights }) => tokens.some((token) => (weights[token] ?? 0) > 0)).length / inputs.length;
  }

  async evaluate(
    rows: Uint8Array,
    signal: AbortSignal,
    onDone?: (rowsDone: number) => void,
  ): Promise<{ readonly logit: Float64Array }> {
    const { model, text, target } = this.#run;
    const windows = text.inputs.length;
    const inputs = Array.from({ length: rows.length / this.features }, (_, row) => {
      const kept = new Uint8Array(text.tokens.length).fill(1);
      dropTokens(this.#featureSet, rows.subarray(row * this.features, (row + 1) * this.features), kept);
      return text.inputs.map((input) => maskedRow(input, kept, text.baseline.replacement));
    });
    const logits = await model.batcher.evaluate(inputs.flat(), signal, (done) => onDone?.(Math.floor(done / windows)));
    const shares = text.inputs.map(({ share }) => share);
    const mean = (row: number) =>
      weightedMean(
        logits.slice(row * windows, (row + 1) * windows).map((values) => targetValue(target, values)),
        shares,
      );
    return { logit: Float64Array.from(inputs, (_, row) => mean(row)) };
  }
}
