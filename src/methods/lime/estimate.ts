import type { Link } from "../link";
import type { Pacer } from "../pacer";
import type { SubsetDesign } from "./design";
import { foreseenVariances } from "./foreseen";
import type { LimitFit } from "./kernel";
import { type MixedFit, mixEstimates } from "./mix";
import type { Population } from "./population";
import { fitQuadratics } from "./quadraticFit";
import { type RefinedPrior, refineSurrogates } from "./refinedSurrogate";
import { fitResiduals, freedomOf, goodness } from "./residuals";
import { shrink } from "./shrink";
import { standardErrors } from "./standardErrors";
import { type Dropped, foldShares, groupSizes, rowWeights } from "./strata";
import { fitSurrogates, OverlapTable, type Surrogate, type SurrogatePrior } from "./surrogate";
import { surrogateValue } from "./surrogateWalk";

/** From this many rows on the whole population is visited: before, the rows' own error is larger than what a part of it leaves. */
const fullEffort = 250;
/** Surrogates are fitted on at most so many rows. */
const mostFitted = 1200;
/** Surrogates are refined for up to so many features, beyond which it takes too long, and from so many rows on. */
const mostRefined = 320;
/** Beyond so many features there are seldom rows enough for bumps, and what rows say beyond the surrogates is mostly noise. */
const mostShort = 64;
const fewestRefined = 100;

const prior: SurrogatePrior = { noise: 0.05, single: 2, pair: 0.3 };
/** Of the linear surrogate of the probability, which leaves more over. */
const linePrior: SurrogatePrior = { noise: 0.5, single: 2, pair: 0 };
const refinedPrior: RefinedPrior = {
  ...prior,
  noise: 0.04,
  window: { height: 4, fall: 0.6, distance: 1.5 },
  bump: { height: 1, fall: 3 },
};
/** Where rows are not many more than features, a fit that follows them closely errs as they do: errors on film reviews of 139 and 196 tokens are least with 0.3 to 1. */
const longPrior: RefinedPrior = { ...refinedPrior, noise: 0.5, bump: null };

/** Coefficients of all features with standard errors, and figures of the fit. */
export interface LimeEstimate {
  readonly coefficients: Float64Array;
  readonly standardErrors: Float64Array;
  /** Mean of the target over LIME's rows, and its variance there. */
  readonly mean: number;
  readonly variance: number;
  /** Weighted R² of the fit on all features, on rows it has not seen. */
  readonly r2: number;
}

/** A {@link LimeEstimate} with what it learned of each row on the way. */
export interface AssistedEstimate extends LimeEstimate {
  /** Coefficients of long texts with less error on average, though not without bias, and figures of their fit; otherwise the same. */
  readonly steadied: Pick<LimeEstimate, "coefficients" | "variance" | "r2">;
  /** Simple surrogates of the log-odds, without windows and bumps, one a fold. */
  readonly surrogates: readonly Surrogate[];
  /** Per row the probability less that of the surrogate that has not seen it; 0 for the whole text. */
  readonly residuals: Float64Array;
}

/** Rows drawn by a {@link SubsetDesign} and evaluated. */
export class EvaluatedRows {
  readonly features: number;
  readonly link: Link;
  readonly dropped: (readonly number[])[] = [];
  readonly logOdds: number[] = [];
  readonly overlaps: OverlapTable;

  constructor(features: number, link: Link) {
    this.features = features;
    this.link = link;
    this.overlaps = new OverlapTable(features);
  }

  /** Adds a row; values beyond the link's bound count as the bound. */
  add(dropped: readonly number[], logOdds: number): void {
    this.dropped.push(dropped);
    const { bound } = this.link;
    this.logOdds.push(Math.max(-bound, Math.min(bound, logOdds)));
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
  const { dropped, link } = rows;
  const count = dropped.length;
  const strata = groupSizes(design, fit.masses);
  const weights = rowWeights(dropped, design, strata);
  const fold = Int8Array.of(-1, ...design.folds);
  const shares = foldShares(dropped, strata, weights, fold);
  const probabilities = Float64Array.from(rows.logOdds, link.of);
  const { first, refined, lines } = await fitAll(rows, weights, probabilities, fold, pacer);
  const base = await population.fit(refined, first, shares, count / fullEffort, pacer);
  const values = await valuesOf(first, dropped, fold, pacer);
  const curve = refined === first ? values : await valuesOf(refined, dropped, fold, pacer);
  const line = await valuesOf(lines, dropped, fold, pacer);
  const byCurve = curve.map((value, r) => (r === 0 ? 0 : (probabilities[r] ?? 0) - link.of(value)));
  const byLine = line.map((value, r) => (r === 0 ? 0 : (probabilities[r] ?? 0) - value));
  const mixed = mixEstimates(
    { base, residuals: byCurve },
    { base: fitQuadratics(fit, lines, shares), residuals: byLine },
    (residuals) => fitResiduals(dropped, strata, weights, residuals, fit),
  );
  const { mean, share, restVariances } = mixed;
  const chains = population.foreseenChains();
  const errors = curve.map((value, r) => (rows.logOdds[r] ?? 0) - value);
  const foresight = { fit, design, strata, link, chains, surrogates: first, lines, share, values, errors };
  const foreseen = await foreseenVariances(foresight, pacer);
  const figured = (of: MixedFit) => ({
    coefficients: of.coefficients,
    ...goodness(dropped, strata, probabilities, weights, of, fit),
  });
  const own = figured(mixed);
  return {
    ...own,
    standardErrors: standardErrors({
      sampled: restVariances,
      freedom: freedomOf(dropped, strata, weights, mixed.residuals, fit),
      foreseen,
      drawn: mixed.variances.map((value, i) => value - (restVariances[i] ?? 0)),
    }),
    mean,
    surrogates: first,
    residuals: byCurve,
    steadied: rows.features > mostShort ? figured(steadied(mixed)) : own,
  };
}

/** The same fit with its corrections drawn together. */
function steadied(mixed: MixedFit): MixedFit {
  const { coefficients, restCoefficients, restVariances } = mixed;
  const steady = shrink(restCoefficients, restVariances);
  return {
    ...mixed,
    coefficients: coefficients.map((value, i) => value + (steady[i] ?? 0) - (restCoefficients[i] ?? 0)),
  };
}

/** The surrogates of all folds: of the log-odds, first and refined (the same where that is not worth it), and of the probability. */
async function fitAll(
  { dropped, features, link, logOdds, overlaps }: EvaluatedRows,
  weights: Float64Array,
  probabilities: Float64Array,
  fold: Int8Array,
  pacer: Pacer,
): Promise<Record<"first" | "refined" | "lines", readonly Surrogate[]>> {
  const fitted = Math.min(dropped.length, mostFitted);
  const training = { features, dropped, fold: fold.subarray(0, fitted) };
  const curved = {
    ...training,
    target: Float64Array.from(logOdds).subarray(0, fitted),
    precision: precisions(weights, probabilities, fitted, link),
  };
  const first = await fitSurrogates(curved, overlaps, prior, pacer);
  const refining = features <= mostRefined && dropped.length >= fewestRefined;
  const believed = features <= mostShort ? refinedPrior : longPrior;
  const refined = refining ? await refineSurrogates(curved, first, believed, pacer) : first;
  const straight = {
    ...training,
    target: probabilities.subarray(0, fitted),
    precision: meanOne(weights.subarray(0, fitted)),
  };
  return { first, refined, lines: await fitSurrogates(straight, overlaps, linePrior, pacer) };
}

/** Per row what the surrogate says that has not seen it; 0 for the whole text. */
async function valuesOf(
  surrogates: readonly Surrogate[],
  dropped: Dropped,
  fold: Int8Array,
  pacer: Pacer,
): Promise<Float64Array> {
  const values = new Float64Array(dropped.length);
  for (let r = 1; r < values.length; r++) {
    const surrogate = surrogates[fold[r] ?? 0];
    values[r] = surrogate ? surrogateValue(surrogate, dropped[r] ?? []) : 0;
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return values;
}

/** What a row's log-odds count in the surrogate: its weight, times how steeply the probability follows the log-odds there; of mean 1. */
function precisions(weights: Float64Array, probabilities: Float64Array, count: number, link: Link): Float64Array {
  return meanOne(
    weights.subarray(0, count).map((weight, r) => {
      const steepness = link.steepness(probabilities[r] ?? 0);
      return (r === 0 ? (weights[1] ?? 0) : weight) * (0.05 + steepness);
    }),
  );
}

function meanOne(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value / mean);
}
