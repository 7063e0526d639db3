import type { LimitFit } from "./kernel";
import type { MixedFit } from "./mix";
import type { PopulationFit } from "./quadraticFit";
import type { Dropped, Strata } from "./strata";

/** Variances of the probability under this are rounding. */
export const constant = 1e-24;

/** LIME's fit of the residuals over the evaluated rows, with variances from their spread within each group; a group drawn completely has none. */
export function fitResiduals(
  dropped: Dropped,
  strata: Strata,
  weights: Float64Array,
  residuals: Float64Array,
  fit: LimitFit,
): PopulationFit {
  const { features } = fit;
  const coefficients = new Float64Array(features);
  const variances = new Float64Array(features);
  const members: number[][] = strata.list.map(() => []);
  const own = new Float64Array(features);
  let mean = 0;
  for (let r = 1; r < residuals.length; r++) {
    members[strata.ofSize[dropped[r]?.length ?? 0] ?? 0]?.push(r);
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
      setInfluence(own, dropped[r] ?? [], weight * (residuals[r] ?? 0), fit);
      weightSquares += weight * weight;
      for (let i = 0; i < features; i++) {
        const value = own[i] ?? 0;
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

/** What a row adds to each coefficient, by its weight times its residual. */
function setInfluence(result: Float64Array, row: readonly number[], amount: number, fit: LimitFit): void {
  const { kept, dropped } = fit.influence(row.length);
  result.fill(amount * kept);
  for (const i of row) {
    result[i] = amount * dropped;
  }
}

/**
 * The degrees of freedom in each variance of {@link fitResiduals}: two for each row that counts (Satterthwaite), so few where few rows make most of it, as
 * where the probability is nearly always 0 or 1. None where nothing is left over, or all there is was drawn.
 */
export function freedomOf(
  dropped: Dropped,
  strata: Strata,
  weights: Float64Array,
  residuals: Float64Array,
  fit: LimitFit,
): Float64Array {
  const { features } = fit;
  const squares = new Float64Array(features);
  const fourths = new Float64Array(features);
  const own = new Float64Array(features);
  for (let r = 1; r < residuals.length; r++) {
    const row = dropped[r] ?? [];
    const { rows, available } = strata.list[strata.ofSize[row.length] ?? 0] ?? { rows: 0, available: 1 };
    if (rows === available) {
      continue;
    }
    setInfluence(own, row, (weights[r] ?? 0) * (residuals[r] ?? 0), fit);
    for (const [i, value] of own.entries()) {
      squares[i] = (squares[i] ?? 0) + value * value;
      fourths[i] = (fourths[i] ?? 0) + value * value * value * value;
    }
  }
  return squares.map((value, i) => {
    const fourth = fourths[i] ?? 0;
    return fourth > 0 ? (2 * value * value) / fourth : 0;
  });
}

/**
 * The target's variance and the weighted R² of a linear fit on rows that it has not seen: what each row's own residual added to its fitted value is taken
 * off again before both are compared. A group drawn completely keeps it, since no row of it is left unseen.
 */
export function goodness(
  dropped: Dropped,
  strata: Strata,
  probabilities: Float64Array,
  weights: Float64Array,
  { coefficients, mean, residuals }: MixedFit,
  fit: LimitFit,
): { variance: number; r2: number } {
  const whole = fit.intercept(mean, coefficients) + coefficients.reduce((sum, value) => sum + value, 0);
  let seen = 0;
  let unseen = 0;
  for (let r = 1; r < weights.length; r++) {
    const row = dropped[r] ?? [];
    const weight = weights[r] ?? 0;
    const { rows, available } = strata.list[strata.ofSize[row.length] ?? 0] ?? { rows: 0, available: 1 };
    let error = (probabilities[r] ?? 0) - whole;
    for (const i of row) {
      error += coefficients[i] ?? 0;
    }
    const own = (1 - rows / available) * weight * (residuals[r] ?? 0) * fit.leverage(row.length);
    seen += weight * error ** 2;
    unseen += weight * (error + own) ** 2;
  }
  const variance = fit.explained(coefficients) + seen;
  return { variance, r2: variance > constant ? 1 - unseen / variance : 1 };
}
