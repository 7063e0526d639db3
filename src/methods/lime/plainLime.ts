import type { LimeOptions } from "../../common/explanation";
import type { MaskedTarget } from "../maskedTarget";
import { SeededRandom } from "../maths/random";
import { forwardSelection, WeightedMoments } from "../maths/ridge";
import type { MethodRun } from "../methodRun";
import { Pacer } from "../pacer";
import { kernelWeight } from "./kernel";
import { byMagnitude, emptyLimeResult, type LimeResult, plannedLimeEvaluations } from "./limeResult";

const stream = 1;
/** α of the ridge that gives the coefficients. */
const penalty = 1;
const firstRound = 64;
/** Rows are prepared in one go, which must not keep a cancellation waiting. */
const largestRound = 4096;

/**
 * The rows of LIME's text procedure (Ribeiro et al. 2016; package `lime` 0.2): the whole text first, then in every row k distinct features are
 * dropped, k uniform from 1 to n. Keep-masks, uint8 [samples, features].
 */
export function limeRows(features: number, samples: number, seed: number): Uint8Array {
  const random = SeededRandom.fromSeed(seed, stream);
  const rows = new Uint8Array(samples * features).fill(1);
  const order = Int32Array.from({ length: features }, (_, index) => index);
  for (let row = 1; row < samples; row++) {
    const size = 1 + random.below(features);
    random.shuffle(order, size);
    for (let i = 0; i < size; i++) {
      rows[row * features + (order[i] ?? 0)] = 0;
    }
  }
  return rows;
}

/** What a fit on given rows says; see {@link LimeResult} for the fields. */
export interface LimeFit extends Pick<LimeResult, "coefficients" | "chosen" | "intercept" | "localPrediction"> {
  /** Weighted R² on the rows of the fit themselves, as the package has it: the more features for the rows, the more flattering. */
  readonly score: number;
}

/**
 * LIME's fit on given rows (uint8 [samples, features], 1 = kept) and probabilities: kernel weights, the `auto` selection of `keep` features
 * (forward selection up to 6, else the largest coefficients of a ridge with α = 0.01; `null` keeps all), then ridge with α = 1.
 */
export function fitLime(
  rows: Uint8Array,
  features: number,
  probabilities: ArrayLike<number>,
  keep: number | null,
): LimeFit {
  const moments = new WeightedMoments(features);
  for (let row = 0; row < probabilities.length; row++) {
    addRow(moments, rows.subarray(row * features, (row + 1) * features), probabilities[row] ?? 0);
  }
  return fitMoments(moments, keep);
}

/**
 * Plain LIME: `options.samples` evaluations, then {@link fitLime}. Agrees with the Python package on the same rows; the rows come from
 * this product's own seeded generator. `onPartial` gets fits on the rows seen so far.
 */
export async function plainLime(
  target: MaskedTarget,
  options: Pick<LimeOptions, "keep" | "samples">,
  run: MethodRun,
  onPartial?: (result: LimeResult) => void,
): Promise<LimeResult> {
  const { features } = target;
  if (features === 0) {
    return emptyLimeResult(false);
  }
  const samples = plannedLimeEvaluations(features, { mode: "plain", samples: options.samples });
  const rows = limeRows(features, samples, run.seed);
  const moments = new WeightedMoments(features);
  const pacer = new Pacer(run.signal);
  const values = new Float64Array(samples);
  let done = 0;
  const result = async (end: LimeResult["end"]): Promise<LimeResult> => {
    await pacer.rest();
    const { score: _, ...fit } = fitMoments(moments, options.keep);
    const r2 = await unseenR2(moments, rows, values.subarray(0, done), fit, pacer);
    return { ...fit, r2, standardErrors: null, fullValue: values[0] ?? 0, evaluations: done, end };
  };
  while (done < samples) {
    // Few large rounds: rows are run with others of their length, of which a small round has few.
    const end = Math.min(samples, Math.max(firstRound, done * 4), done + largestRound);
    const before = done;
    const part = rows.subarray(done * features, end * features);
    const { logOdds } = await target.evaluate(part, run.signal, (count) => run.onProgress?.(before + count));
    for (let row = 0; row < logOdds.length; row++) {
      const explained = target.link.of(logOdds[row] ?? 0);
      values[before + row] = explained;
      addRow(moments, part.subarray(row * features, (row + 1) * features), explained);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    done = end;
    if (done < samples && onPartial) {
      onPartial(await result(null));
    }
  }
  return await result("samples");
}

/** The weighted R² where every row is predicted by the same fit without it, against the mean without it. */
async function unseenR2(
  moments: WeightedMoments,
  rows: Uint8Array,
  values: Float64Array,
  { chosen, coefficients, intercept }: Omit<LimeFit, "score">,
  pacer: Pacer,
): Promise<number> {
  const { features } = moments;
  const leverage = moments.leverages(chosen, penalty);
  let error = 0;
  let variation = 0;
  for (const [r, value] of values.entries()) {
    const row = rows.subarray(r * features, (r + 1) * features);
    const weight = rowWeight(row);
    let residual = value - intercept;
    for (const feature of chosen) {
      residual -= (row[feature] ?? 0) * (coefficients[feature] ?? 0);
    }
    error += weight * (residual / (1 - leverage(row, weight))) ** 2;
    variation += weight * ((value - moments.targetMean()) / (1 - weight / moments.weight)) ** 2;
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return variation > 1e-24 ? 1 - error / variation : 1;
}

function addRow(moments: WeightedMoments, row: Uint8Array, explained: number): void {
  moments.add(row, rowWeight(row), explained);
}

function rowWeight(row: Uint8Array): number {
  let kept = 0;
  for (const value of row) {
    kept += value;
  }
  return kernelWeight(kept / row.length);
}

function fitMoments(moments: WeightedMoments, keep: number | null): LimeFit {
  const { features } = moments;
  const columns = select(moments, keep);
  const fitted = moments.ridge(columns, penalty);
  const coefficients = new Float64Array(features);
  let intercept = moments.targetMean();
  let localPrediction = intercept;
  let explained = 0;
  for (const [position, feature] of columns.entries()) {
    const coefficient = fitted[position] ?? 0;
    coefficients[feature] = coefficient;
    intercept -= coefficient * moments.keptShare(feature);
    localPrediction += coefficient * (1 - moments.keptShare(feature));
    explained += 2 * coefficient * moments.productWithTarget(feature);
    for (const [other, otherFeature] of columns.entries()) {
      explained -= coefficient * (fitted[other] ?? 0) * moments.product(feature, otherFeature);
    }
  }
  const variation = moments.targetVariation();
  const score = variation > 1e-24 ? explained / variation : 1;
  const chosen = byMagnitude(coefficients).filter((feature) => columns.includes(feature));
  return { coefficients, chosen, intercept, localPrediction, score };
}

function select(moments: WeightedMoments, keep: number | null): number[] {
  const all = Array.from({ length: moments.features }, (_, index) => index);
  if (keep === null || keep >= moments.features) {
    return all;
  }
  if (keep <= 6) {
    return forwardSelection(moments, keep);
  }
  return byMagnitude(moments.ridge(all, 0.01)).slice(0, keep);
}
