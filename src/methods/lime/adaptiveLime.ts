import type { LimeOptions } from "../../common/explanation";
import type { MaskedTarget } from "../maskedTarget";
import { excessOf } from "../maths/excess";
import { SeededRandom } from "../maths/random";
import type { MethodRun } from "../methodRun";
import { Pacer } from "../pacer";
import { type DesignGuide, SubsetDesign } from "./design";
import { EvaluatedRows, estimateLime, type LimeEstimate } from "./estimate";
import { designGuide } from "./guide";
import { LimitFit } from "./kernel";
import { byMagnitude, emptyLimeResult, type LimeEnd, type LimeResult, plannedLimeEvaluations } from "./limeResult";
import { Population } from "./population";
import { constant } from "./residuals";

const designStream = 2;
const populationStream = 3;
const guideStream = 4;
/** The first estimate comes after this many evaluations, so that colours appear at once. */
const firstRound = 64;
/** Standard errors under one in a million are small enough whatever the coefficients are. */
const negligible = 1e-6;

/**
 * Adaptive LIME: the coefficients that plain LIME tends to with ever more samples, from far fewer evaluations. Draws a {@link SubsetDesign} in
 * growing rounds, makes the model-assisted estimate of {@link estimateLime} after each, and stops once no coefficient is likely to be off by more than
 * `options.tolerance` of the largest one, or at `options.samples` evaluations. Visits all subsets instead, and is exact, when these are no more.
 *
 * `options.keep` = K: the K largest coefficients of the fit on all features are chosen, and the coefficients reported are those of the fit on these
 * K alone (the others explain nothing and stay in the text as drawn), as the lime package does for K > 6.
 */
export async function adaptiveLime(
  target: MaskedTarget,
  options: Pick<LimeOptions, "keep" | "samples" | "tolerance">,
  run: MethodRun,
  onPartial?: (result: LimeResult) => void,
): Promise<LimeResult> {
  const { features } = target;
  if (features === 0) {
    return emptyLimeResult(true);
  }
  const cap = plannedLimeEvaluations(features, { mode: "adaptive", samples: options.samples });
  return cap === 2 ** features
    ? await enumerate(target, options.keep, run)
    : await sample(target, options, cap, run, onPartial);
}

async function sample(
  target: MaskedTarget,
  options: Pick<LimeOptions, "keep" | "tolerance">,
  cap: number,
  run: MethodRun,
  onPartial: ((result: LimeResult) => void) | undefined,
): Promise<LimeResult> {
  const { features } = target;
  const pacer = new Pacer(run.signal);
  const fit = new LimitFit(features);
  const design = new SubsetDesign(features, fit.masses, SeededRandom.fromSeed(run.seed, designStream));
  const population = new Population(fit, SeededRandom.fromSeed(run.seed, populationStream), target.link);
  const rows = new EvaluatedRows(features, target.link);
  const guideRandom = SeededRandom.fromSeed(run.seed, guideStream);
  let guide: DesignGuide | null = null;
  let wanted = Math.min(cap, firstRound);
  for (;;) {
    const before = rows.dropped.length;
    const extension = await design.extend(wanted - 1, guide, pacer);
    const drawn = before === 0 ? [[], ...extension] : extension;
    const { logOdds } = await target.evaluate(keepMasks(features, drawn), run.signal, (done) =>
      run.onProgress?.(before + done),
    );
    for (const [row, dropped] of drawn.entries()) {
      rows.add(dropped, logOdds[row] ?? 0);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    await pacer.rest();
    const estimate = await estimateLime(rows, design, fit, population, pacer);
    const evaluations = rows.dropped.length;
    const largest = estimate.coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const excess = excessOf(estimate.standardErrors, Math.max(options.tolerance * largest, negligible));
    const end = excess <= 1 ? "tolerance" : evaluations >= cap || drawn.length === 0 ? "samples" : null;
    const fullValue = target.link.of(rows.logOdds[0] ?? 0);
    // What has converged keeps its promise for every coefficient; what has not is better drawn together, which is less wrong on average.
    const shown = end === "tolerance" ? estimate : { ...estimate, ...estimate.steadied };
    const result = limeResult(fit, shown, options.keep, { fullValue, evaluations, end });
    if (end) {
      return result;
    }
    onPartial?.(result);
    guide = await designGuide(rows, design, estimate, fit, guideRandom, pacer);
    wanted = nextRound(evaluations, excess, cap);
  }
}

/** Errors fall with the root of the evaluations: aims at what is lacking, in steps of at least a quarter and at most the double. */
function nextRound(evaluations: number, excess: number, cap: number): number {
  const aim = evaluations * excess * excess * 1.05;
  const next = Math.round(Math.max(evaluations * 1.25, evaluations + 32, Math.min(aim, evaluations * 2)));
  return next > cap * 0.9 ? cap : next;
}

async function enumerate(target: MaskedTarget, keep: number | null, run: MethodRun): Promise<LimeResult> {
  const { features } = target;
  const evaluations = 2 ** features;
  const rows = new Uint8Array(evaluations * features);
  for (let row = 0; row < evaluations; row++) {
    for (let i = 0; i < features; i++) {
      rows[row * features + i] = (row >>> i) & 1 ? 0 : 1;
    }
  }
  const { logOdds } = await target.evaluate(rows, run.signal, run.onProgress);
  const probabilities = logOdds.map(target.link.of);
  const fullValue = probabilities[0] ?? 0;
  const figures = { fullValue, evaluations, end: "exact" as const };
  if (features === 1) {
    const empty = probabilities[1] ?? 0;
    // One feature leaves only the empty row besides the whole text: the line through both.
    return {
      ...figures,
      coefficients: Float64Array.of(fullValue - empty),
      standardErrors: new Float64Array(1),
      chosen: [0],
      intercept: empty,
      localPrediction: fullValue,
      r2: 1,
    };
  }
  const fit = new LimitFit(features);
  return limeResult(fit, await exactEstimate(fit, probabilities, new Pacer(run.signal)), keep, figures);
}

/** LIME's limit from the probabilities of all subsets; bit i of a subset's number is set where feature i is dropped. */
async function exactEstimate(fit: LimitFit, probabilities: Float64Array, pacer: Pacer): Promise<LimeEstimate> {
  const { features, masses } = fit;
  const subsets = new Float64Array(features + 1);
  const sizes = new Uint8Array(probabilities.length);
  for (let row = 0; row < probabilities.length; row++) {
    const size = row === 0 ? 0 : (sizes[row >>> 1] ?? 0) + (row & 1);
    sizes[row] = size;
    subsets[size] = (subsets[size] ?? 0) + 1;
  }
  const dropped = new Float64Array(features);
  let mean = 0;
  let sized = 0;
  for (let row = 1; row < probabilities.length; row++) {
    const size = sizes[row] ?? 0;
    const value = ((masses[size] ?? 0) / (subsets[size] ?? 1)) * (probabilities[row] ?? 0);
    mean += value;
    sized += value * size;
    for (let i = 0; i < features; i++) {
      if ((row >>> i) & 1) {
        dropped[i] = (dropped[i] ?? 0) + value;
      }
    }
    if ((row & 255) === 0 && pacer.due()) {
      await pacer.rest();
    }
  }
  const coefficients = new Float64Array(features);
  fit.coefficients(dropped, sized, mean, coefficients);
  const whole = fit.intercept(mean, coefficients) + coefficients.reduce((sum, value) => sum + value, 0);
  let variance = 0;
  let error = 0;
  for (let row = 1; row < probabilities.length; row++) {
    const size = sizes[row] ?? 0;
    const weight = (masses[size] ?? 0) / (subsets[size] ?? 1);
    const value = probabilities[row] ?? 0;
    let fitted = whole;
    for (let i = 0; i < features; i++) {
      fitted -= (row >>> i) & 1 ? (coefficients[i] ?? 0) : 0;
    }
    variance += weight * (value - mean) ** 2;
    error += weight * (value - fitted) ** 2;
  }
  const r2 = variance > constant ? 1 - error / variance : 1;
  return { coefficients, standardErrors: new Float64Array(features), mean, variance, r2 };
}

function limeResult(
  fit: LimitFit,
  estimate: LimeEstimate,
  keep: number | null,
  figures: { readonly fullValue: number; readonly evaluations: number; readonly end: LimeEnd | null },
): LimeResult {
  const ranked = byMagnitude(estimate.coefficients);
  const chosen = keep === null ? ranked : ranked.slice(0, keep);
  const takeover = fit.takeover(chosen.length);
  const leftOut = ranked.slice(chosen.length).reduce((sum, i) => sum + (estimate.coefficients[i] ?? 0), 0);
  const coefficients = new Float64Array(estimate.coefficients.length);
  const standardErrors = new Float64Array(coefficients.length);
  for (const i of chosen) {
    coefficients[i] = (estimate.coefficients[i] ?? 0) + takeover * leftOut;
    standardErrors[i] = estimate.standardErrors[i] ?? 0;
  }
  const intercept = fit.intercept(estimate.mean, coefficients);
  const localPrediction = intercept + coefficients.reduce((sum, value) => sum + value, 0);
  const lost = fit.explained(estimate.coefficients) - fit.explained(coefficients);
  const r2 = estimate.variance > constant ? estimate.r2 - lost / estimate.variance : estimate.r2;
  return { ...figures, coefficients, standardErrors, chosen, intercept, localPrediction, r2 };
}

function keepMasks(features: number, dropped: readonly (readonly number[])[]): Uint8Array {
  const rows = new Uint8Array(dropped.length * features).fill(1);
  for (const [row, list] of dropped.entries()) {
    for (const i of list) {
      rows[row * features + i] = 0;
    }
  }
  return rows;
}
