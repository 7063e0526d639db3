import type { LimeOptions } from "../../common/explanation";

/** Why LIME drew no more rows: all subsets were seen, the accuracy asked for is reached, or the number of samples is used up. */
export type LimeEnd = "exact" | "tolerance" | "samples";

/** A LIME fit: intercept + the coefficients of the kept features approximates the probability, or a plain number where the model gives that. */
export interface LimeResult {
  /** One per feature, 0 for features that were not chosen. */
  readonly coefficients: Float64Array;
  /** Standard error of each coefficient; `null` in plain mode, which does not know. */
  readonly standardErrors: Float64Array | null;
  /** Features in the fit, largest |coefficient| first. */
  readonly chosen: readonly number[];
  readonly intercept: number;
  /** The fit's value on the whole text: intercept + sum of coefficients. */
  readonly localPrediction: number;
  /** The model's probability or number on the whole text. */
  readonly fullValue: number;
  /** Weighted share of the variation of what is explained over LIME's rows that the fit explains, on rows it has not seen (all there are, where all are seen); 1 where it does not vary. */
  readonly r2: number;
  readonly evaluations: number;
  /** `null` while rows are still being drawn. */
  readonly end: LimeEnd | null;
}

/** Adaptive mode draws at least this many rows, or all there are: fewer say nothing about their own error. */
export const fewestSamples = 16;

/** How many evaluations a LIME run asks for: exactly (plain, or all subsets) or at most (adaptive). */
export function plannedLimeEvaluations(features: number, options: Pick<LimeOptions, "mode" | "samples">): number {
  if (features === 0) {
    return 0;
  }
  const samples = Math.max(Math.floor(options.samples), options.mode === "plain" ? 2 : fewestSamples);
  return options.mode === "plain" ? samples : Math.min(samples, 2 ** features);
}

/** The result on a text without features: nothing to fit, nothing evaluated. */
export function emptyLimeResult(adaptive: boolean): LimeResult {
  return {
    coefficients: new Float64Array(0),
    standardErrors: adaptive ? new Float64Array(0) : null,
    chosen: [],
    intercept: 0,
    localPrediction: 0,
    fullValue: 0,
    r2: 1,
    evaluations: 0,
    end: adaptive ? "exact" : "samples",
  };
}

/** Feature indices by falling |coefficient|, the earlier feature first among equals. */
export function byMagnitude(coefficients: Float64Array): number[] {
  return Array.from(coefficients.keys()).sort(
    (i, j) => Math.abs(coefficients[j] ?? 0) - Math.abs(coefficients[i] ?? 0) || i - j,
  );
}
