import type { MaskedTarget } from "../methods/maskedTarget";
import type { MethodRun } from "../methods/methodRun";

/** Scores that are measured, and the target that they are to explain. */
export interface MeasureQuestion {
  readonly target: MaskedTarget;
  /** One per feature of the target. */
  readonly scores: ArrayLike<number>;
}

/** What a measure is given besides. */
export type MeasureRun = Pick<MethodRun, "signal" | "onProgress">;

/** A measure of how faithful scores are to what the model does. */
export interface Measure {
  /** How many evaluations of the target it asks for. */
  planned(features: number): number;
  /** A target without features is never asked about. */
  run(question: MeasureQuestion, run: MeasureRun): Promise<number>;
}

/** The features from the highest score to the lowest, the earlier one first among equals. */
export function strongestFirst(scores: ArrayLike<number>): number[] {
  return Array.from(scores, (_, feature) => feature).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}

/** The probability (or number) on a text, and with some of its features hidden: `hides` says for each row which. */
export async function hiddenValues(
  target: MaskedTarget,
  hides: readonly (readonly number[])[],
  { signal, onProgress }: MeasureRun,
): Promise<readonly [whole: number, ...hidden: number[]]> {
  const { features } = target;
  const rows = new Uint8Array((hides.length + 1) * features).fill(1);
  for (const [row, hidden] of hides.entries()) {
    for (const feature of hidden) {
      rows[(row + 1) * features + feature] = 0;
    }
  }
  const { logOdds } = await target.evaluate(rows, signal, onProgress);
  const [whole = Number.NaN, ...hidden] = Array.from(logOdds, target.link.of);
  return [whole, ...hidden];
}

/** The mean of some values. */
export function meanValue(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
