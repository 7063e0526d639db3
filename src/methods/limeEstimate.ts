import type { SubsetDesign } from "./design";
import type { LimitFit } from "./limeKernel";
import { sigmoid } from "./methodRun";
import type { Pacer } from "./pacer";
import type { Population } from "./population";
import { type RefinedPrior, refineSurrogates } from "./refinedSurrogate";
import { fitSurrogates, folds, OverlapTable, type Surrogate, type SurrogatePrior } from "./surrogate";
import { surrogateValue } from "./surrogateWalk";

/** Sizes with fewer rows than this are treated together with their neighbours. */
const fewestRows = 8;
/** From this many rows on the whole population is visited: before, the rows' own error is larger than what a part of it leaves. */
const fullEffort = 250;
/** Surrogates are fitted on at most so many rows. */
const mostFitted = 1200;
/** Surrogates are refined for up to so many features, beyond which it takes too long, and from so many rows on. */
const mostRefined = 64;
const fewestRefined = 100;

/** Variances of the probability under this are rounding. */
export const constant = 1e-24;

const prior: SurrogatePrior = { noise: 0.05, single: 2, pair: 0.3 };
const refinedPrior: RefinedPrior = {
  ...prior,
  noise: 0.04,
  window: { height: 4, fall: 0.6, distance: 1.5 },
  bump: { height: 1, fall: 3 },
};

/** Coefficients of all features with standard errors, and figures of the fit. */
export interface LimeEstimate {
  readonly coefficients: Float64Array;
  readonly standardErrors: Float64Array;
  /** Mean of the target over LIME's rows, and its variance there. */
  readonly mean: number;
  readonly variance: number;
  /** Weighted R² of the fit on all features. */
  readonly r2: number;
}

/** A {@link LimeEstimate} with what it learned of each row on the way. */
export interface AssistedEstimate extends LimeEstimate {
  /** Simple surrogates of the log-odds, without windows and bumps, one a fold. */
  readonly surrogates: readonly Surrogate[];
  /** Per row the probability less that of the surrogate that has not seen it; 0 for the whole text. */
  readonly residuals: Float64Array;
}

/** Rows drawn by a {@link SubsetDesign} and evaluated. */
export class EvaluatedRows {
  readonly features: number;
  readonly dropped: (readonly number[])[] = [];
  readonly logOdds: number[] = [];
  readonly overlaps: OverlapTable;

  constructor(features: number) {
    this.features = features;
    this.overlaps = new OverlapTable(features);
  }

  /** Adds a row; log-odds beyond ±40, where the probability is 0 or 1 to all digits, count as ±40. */
  add(dropped: readonly number[], logOdds: number): void {
    this.dropped.push(dropped);
    this.logOdds.push(Math.max(-40, Math.min(40, logOdds)));
    if (this.dropped.length <= mostFitted) {
      this.overlaps.add(dropped);
    }
  }
}

/**
 * The model-assisted estimate: LIME's fit of surrogates of the log-odds over a population of masks, plus LIME's fit of what the surrogates get wrong on the
 * evaluated rows. Each row is held against a surrogate that was fitted without it (cross-fitting), which keeps the sum unbiased whatever the
 * surrogates are worth. Row 0 of `rows` is the whole text: it is outside the population and only helps the surrogates.
 */
export async function estimateLime(
  rows: EvaluatedRows,
  design: SubsetDesign,
  fit: LimitFit,
  population: Population,
  pacer: Pacer,
): Promise<AssistedEstimate> {
  const count = rows.dropped.length;
  const strata = groupSizes(design, fit.masses);
  const weights = rowWeights(rows, design, strata);
  const fold = Int8Array.of(-1, ...design.folds);
  const fitted = Math.min(count, mostFitted);
  const target = Float64Array.from(rows.logOdds);
  const training = {
    features: rows.features,
    dropped: rows.dropped,
    fold: fold.subarray(0, fitted),
    target: target.subarray(0, fitted),
    precision: precisions(weights, target, fitted),
  };
  const first = await fitSurrogates(training, rows.overlaps, prior, pacer);
  const refining = rows.features <= mostRefined && count >= fewestRefined;
  const surrogates = refining ? await refineSurrogates(training, first, refinedPrior, pacer) : first;
  const shares = foldShares(rows, strata, weights, fold);
  const base = await population.fit(surrogates, first, shares, count / fullEffort, pacer);
  const residuals = new Float64Array(count);
  for (let r = 1; r < count; r++) {
    const surrogate = surrogates[fold[r] ?? 0];
    residuals[r] =
      sigmoid(target[r] ?? 0) - (surrogate ? sigmoid(surrogateValue(surrogate, rows.dropped[r] ?? [])) : 0);
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  const rest = fitResiduals(rows, strata, weights, residuals, fit);
  const coefficients = base.coefficients.map((value, i) => value + (rest.coefficients[i] ?? 0));
  const standardErrors = base.variances.map((value, i) => Math.sqrt(value + (rest.variances[i] ?? 0)));
  const mean = base.mean + rest.mean;
  return {
    coefficients,
    standardErrors,
    mean,
    surrogates: first,
    residuals,
    ...goodness(rows, weights, coefficients, fit.intercept(mean, coefficients)),
  };
}

/** Groups of sizes whose rows together carry the mass of the group. */
interface Strata {
  readonly ofSize: Int32Array;
  readonly list: readonly { readonly mass: number; readonly rows: number; readonly available: number }[];
  readonly masses: Float64Array;
}

function groupSizes(design: SubsetDesign, masses: Float64Array): Strata {
  const ofSize = new Int32Array(design.features + 1);
  const list: { mass: number; rows: number; available: number }[] = [];
  let open = -1;
  for (let size = 1; size <= design.features; size++) {
    const rows = design.counts[size] ?? 0;
    const available = design.available[size] ?? 0;
    const mass = masses[size] ?? 0;
    if (rows === available) {
      ofSize[size] = list.push({ mass, rows, available }) - 1;
      continue;
    }
    const group = list[open];
    if (group) {
      group.mass += mass;
      group.rows += rows;
      group.available += available;
      ofSize[size] = open;
    } else {
      open = list.push({ mass, rows, available }) - 1;
      ofSize[size] = open;
    }
    if ((list[open]?.rows ?? 0) >= fewestRows) {
      open = -1;
    }
  }
  mergeLast(list, ofSize, open);
  return { ofSize, list, masses };
}

/** Joins a last group with too few rows to the one before it that is not complete. */
function mergeLast(list: { mass: number; rows: number; available: number }[], ofSize: Int32Array, open: number): void {
  const last = list[open];
  if (!last) {
    return;
  }
  for (let earlier = open - 1; earlier >= 0; earlier--) {
    const group = list[earlier];
    if (group && group.rows < group.available) {
      group.mass += last.mass;
      group.rows += last.rows;
      group.available += last.available;
      last.mass = 0;
      last.rows = 0;
      for (let size = 0; size < ofSize.length; size++) {
        ofSize[size] = ofSize[size] === open ? earlier : (ofSize[size] ?? 0);
      }
      return;
    }
  }
}

/** Each row's weight in the population: mass of its size over rows expected like it, scaled so that a group's rows carry the group's mass. */
function rowWeights(rows: EvaluatedRows, design: SubsetDesign, strata: Strata): Float64Array {
  const weights = new Float64Array(rows.dropped.length);
  const totals = new Float64Array(strata.list.length);
  for (let r = 1; r < weights.length; r++) {
    const size = rows.dropped[r]?.length ?? 0;
    const group = strata.ofSize[size] ?? 0;
    const complete = strata.list[group]?.rows === strata.list[group]?.available;
    const weight = (strata.masses[size] ?? 0) / (complete ? 1 : Math.max(design.intensities[r - 1] ?? 0, 1e-12));
    weights[r] = weight;
    totals[group] = (totals[group] ?? 0) + weight;
  }
  for (let r = 1; r < weights.length; r++) {
    const group = strata.ofSize[rows.dropped[r]?.length ?? 0] ?? 0;
    weights[r] = ((weights[r] ?? 0) * (strata.list[group]?.mass ?? 0)) / (totals[group] || 1);
  }
  return weights;
}

/** What a row's log-odds count in the surrogate: its weight, times how steeply the probability follows the log-odds there. */
function precisions(weights: Float64Array, logOdds: Float64Array, count: number): Float64Array {
  const result = new Float64Array(count);
  let total = 0;
  for (let r = 0; r < count; r++) {
    const probability = sigmoid(logOdds[r] ?? 0);
    const slope = probability * (1 - probability) * 4;
    result[r] = (r === 0 ? (weights[1] ?? 0) : (weights[r] ?? 0)) * (0.05 + slope);
    total += result[r] ?? 0;
  }
  return result.map((value) => (value * count) / total);
}

/** The share of each fold in the weight of each size's group: [sizes, folds]. */
function foldShares(rows: EvaluatedRows, strata: Strata, weights: Float64Array, fold: Int8Array): Float64Array {
  const groups = new Float64Array(strata.list.length * folds);
  for (let r = 1; r < weights.length; r++) {
    const at = (strata.ofSize[rows.dropped[r]?.length ?? 0] ?? 0) * folds + (fold[r] ?? 0);
    groups[at] = (groups[at] ?? 0) + (weights[r] ?? 0);
  }
  const shares = new Float64Array((rows.features + 1) * folds).fill(1 / folds);
  for (let size = 1; size <= rows.features; size++) {
    const group = strata.ofSize[size] ?? 0;
    const mass = strata.list[group]?.mass ?? 0;
    for (let f = 0; f < folds && mass > 0; f++) {
      shares[size * folds + f] = (groups[group * folds + f] ?? 0) / mass;
    }
  }
  return shares;
}

/** LIME's fit of the residuals over the evaluated rows, with variances from their spread within each group; a group drawn completely has none. */
function fitResiduals(
  rows: EvaluatedRows,
  strata: Strata,
  weights: Float64Array,
  residuals: Float64Array,
  fit: LimitFit,
): { coefficients: Float64Array; variances: Float64Array; mean: number } {
  const { features } = rows;
  const coefficients = new Float64Array(features);
  const variances = new Float64Array(features);
  const members: number[][] = strata.list.map(() => []);
  let mean = 0;
  for (let r = 1; r < residuals.length; r++) {
    members[strata.ofSize[rows.dropped[r]?.length ?? 0] ?? 0]?.push(r);
    mean += (weights[r] ?? 0) * (residuals[r] ?? 0);
  }
  for (const [group, list] of members.entries()) {
    const { mass, available } = strata.list[group] ?? { mass: 0, available: 1 };
    const sum = new Float64Array(features);
    const squares = new Float64Array(features);
    const cross = new Float64Array(features);
    let weightSquares = 0;
    for (const r of list) {
      const weight = weights[r] ?? 0;
      const dropped = rows.dropped[r] ?? [];
      const { kept, dropped: absent } = fit.influence(dropped.length);
      const amount = weight * (residuals[r] ?? 0);
      weightSquares += weight * weight;
      for (let i = 0, next = 0; i < features; i++) {
        let value = amount * kept;
        if (dropped[next] === i) {
          value = amount * absent;
          next++;
        }
        sum[i] = (sum[i] ?? 0) + value;
        squares[i] = (squares[i] ?? 0) + value * value;
        cross[i] = (cross[i] ?? 0) + value * weight;
      }
    }
    const size = list.length;
    const unseen = 1 - size / available;
    for (let i = 0; i < features; i++) {
      const total = sum[i] ?? 0;
      coefficients[i] = (coefficients[i] ?? 0) + total;
      if (unseen > 0 && size > 1) {
        const centre = total / mass;
        const spread = (squares[i] ?? 0) - 2 * centre * (cross[i] ?? 0) + centre * centre * weightSquares;
        variances[i] = (variances[i] ?? 0) + Math.max(0, spread) * unseen * (size / (size - 1));
      }
    }
  }
  return { coefficients, variances, mean };
}

/** The weighted R² of a linear fit and the target's variance, from the evaluated rows. */
function goodness(
  rows: EvaluatedRows,
  weights: Float64Array,
  coefficients: Float64Array,
  intercept: number,
): { variance: number; r2: number } {
  const whole = intercept + coefficients.reduce((sum, value) => sum + value, 0);
  let mean = 0;
  for (let r = 1; r < weights.length; r++) {
    mean += (weights[r] ?? 0) * sigmoid(rows.logOdds[r] ?? 0);
  }
  let variance = 0;
  let error = 0;
  for (let r = 1; r < weights.length; r++) {
    const value = sigmoid(rows.logOdds[r] ?? 0);
    let fitted = whole;
    for (const i of rows.dropped[r] ?? []) {
      fitted -= coefficients[i] ?? 0;
    }
    variance += (weights[r] ?? 0) * (value - mean) ** 2;
    error += (weights[r] ?? 0) * (value - fitted) ** 2;
  }
  return { variance, r2: variance > constant ? 1 - error / variance : 1 };
}
