import { folds } from "./folds";
import type { LimitFit } from "./kernel";
import type { Surrogate } from "./surrogate";

/** LIME's fit of the surrogates' probabilities over the population of rows. */
export interface PopulationFit {
  readonly coefficients: Float64Array;
  /** Squared standard errors; 0 where all subsets were visited. */
  readonly variances: Float64Array;
  readonly mean: number;
}

/** LIME's fit of the surrogates' log-odds, of which only constant, singles and pairs count, mixed by their `shares` [sizes, folds]: exact, from how likely one, two or three given features are dropped together. */
export function fitQuadratics(fit: LimitFit, surrogates: readonly Surrogate[], shares: Float64Array): PopulationFit {
  const { features, masses } = fit;
  const moments = new Float64Array(features);
  let mean = 0;
  for (const [f, { constant, single, pair }] of surrogates.entries()) {
    const together = new Float64Array(4);
    for (let size = 1; size <= features; size++) {
      let chance = (masses[size] ?? 0) * (shares[size * folds + f] ?? 0);
      for (let count = 0; count < 4; count++) {
        together[count] = (together[count] ?? 0) + chance;
        chance *= Math.max(0, size - count) / Math.max(1, features - count);
      }
    }
    const [none = 0, one = 0, two = 0, three = 0] = together;
    const pairSums = single.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < features && pair; j++) {
        sum += pair[i * features + j] ?? 0;
      }
      return sum;
    });
    const singles = single.reduce((sum, value) => sum + value, 0);
    const pairs = pairSums.reduce((sum, value) => sum + value, 0) / 2;
    mean += constant * none + singles * one + pairs * two;
    for (let i = 0; i < features; i++) {
      const own = single[i] ?? 0;
      const ownPairs = pairSums[i] ?? 0;
      const moment = (constant + own) * one + (singles - own + ownPairs) * two + (pairs - ownPairs) * three;
      moments[i] = (moments[i] ?? 0) + moment;
    }
  }
  const coefficients = new Float64Array(features);
  fit.coefficients(
    moments,
    moments.reduce((sum, value) => sum + value, 0),
    mean,
    coefficients,
  );
  return { coefficients, variances: new Float64Array(features), mean };
}
