import { leastShare } from "../maths/parabola";
import type { PopulationFit } from "./quadraticFit";

/** A model-assisted estimate in its two parts: the surrogates' fit over the population, and each row's probability less that of its surrogate. */
export interface Assisted {
  readonly base: PopulationFit;
  readonly residuals: Float64Array;
}

/** A mixture with its residuals, mixed alike. */
export interface MixedFit extends PopulationFit {
  /** The share of the first estimate. */
  readonly share: number;
  readonly residuals: Float64Array;
  /** The part of the coefficients, and of the variances, that the residuals' fit has. */
  readonly restCoefficients: Float64Array;
  readonly restVariances: Float64Array;
}

/**
 * The mixture of two model-assisted estimates on the same rows whose estimated variance, over all coefficients, is least. The variance is a parabola in
 * the share of the first one, known from three of its points.
 */
export function mixEstimates(
  left: Assisted,
  right: Assisted,
  fitRest: (residuals: Float64Array) => PopulationFit,
): MixedFit {
  const at = (share: number): MixedFit => {
    const between = (a: Float64Array, b: Float64Array) =>
      a.map((value, i) => share * value + (1 - share) * (b[i] ?? 0));
    const residuals = between(left.residuals, right.residuals);
    const rest = fitRest(residuals);
    return {
      share,
      residuals,
      restCoefficients: rest.coefficients,
      restVariances: rest.variances,
      coefficients: between(left.base.coefficients, right.base.coefficients).map(
        (value, i) => value + (rest.coefficients[i] ?? 0),
      ),
      mean: share * left.base.mean + (1 - share) * right.base.mean + rest.mean,
      variances: rest.variances.map(
        (value, i) =>
          value + share ** 2 * (left.base.variances[i] ?? 0) + (1 - share) ** 2 * (right.base.variances[i] ?? 0),
      ),
    };
  };
  const total = ({ variances }: PopulationFit) => variances.reduce((sum, value) => sum + value, 0);
  return at(leastShare(total(at(0)), total(at(0.5)), total(at(1))));
}
