const kernelWidth = 25;

/** LIME's weight of a row by the share of features it keeps (Ribeiro et al. 2016, section 3.3): an exponential kernel of width 25 on 100 · (1 − cosine to the whole text). */
export function kernelWeight(keptShare: number): number {
  const distance = 100 * (1 - Math.sqrt(keptShare));
  return Math.exp(-(distance * distance) / (2 * kernelWidth * kernelWidth));
}

/**
 * The population that LIME's rows are drawn from, weighted by the kernel: `mass[k]` is the share of all weight on rows that drop k features, k from 0 to n
 * (0 at k = 0: the whole text is one row of arbitrarily many). Within a size all subsets weigh the same.
 */
export function sizeMasses(features: number): Float64Array {
  const masses = new Float64Array(features + 1);
  let total = 0;
  for (let size = 1; size <= features; size++) {
    const weight = kernelWeight((features - size) / features);
    masses[size] = weight;
    total += weight;
  }
  return masses.map((mass) => mass / total);
}

/**
 * LIME's weighted least squares in the limit of infinitely many rows, where the covariance matrix of the features is known: one value on its
 * diagonal and one elsewhere, so that fitting is a fixed linear function of the target's moments. Needs at least two features.
 */
export class LimitFit {
  readonly features: number;
  readonly masses: Float64Array;
  /** The weighted share of rows that drop a given feature. */
  readonly dropShare: number;
  readonly #scale: number;
  readonly #covariance: number;
  /** The rank-one part of the inverse of the features' covariance matrix. */
  readonly #common: number;

  constructor(features: number) {
    this.features = features;
    this.masses = sizeMasses(features);
    let share = 0;
    let both = 0;
    for (let size = 1; size <= features; size++) {
      const mass = this.masses[size] ?? 0;
      share += (mass * size) / features;
      both += (mass * size * (size - 1)) / (features * (features - 1));
    }
    this.dropShare = share;
    this.#scale = 1 / (share - both);
    this.#covariance = both - share * share;
    this.#common = this.#covariance / (share - both + features * this.#covariance);
  }

  /**
   * Coefficients of keeping each feature from weighted moments of the target p: `dropped[i]` = E[p · (i dropped)],
   * `sized` = E[p · number dropped], `mean` = E[p]. Written into `result`.
   */
  coefficients(dropped: Float64Array, sized: number, mean: number, result: Float64Array): void {
    const shared = this.dropShare * mean + this.#common * (sized - this.features * this.dropShare * mean);
    for (let i = 0; i < result.length; i++) {
      result[i] = -this.#scale * ((dropped[i] ?? 0) - shared);
    }
  }

  /** What a row contributes to a coefficient for each unit of weight and target: one value where the feature is dropped, one where it is kept. */
  influence(size: number): { readonly dropped: number; readonly kept: number } {
    const shared = this.dropShare + this.#common * (size - this.features * this.dropShare);
    return { dropped: -this.#scale * (1 - shared), kept: this.#scale * shared };
  }

  /** How much of a row's own target its fitted value is, for each unit of weight; over all rows its mean is one more than there are features. */
  leverage(size: number): number {
    const { dropped, kept } = this.influence(size);
    return 1 + (this.features - size) * this.dropShare * kept - size * (1 - this.dropShare) * dropped;
  }

  /** The intercept that belongs to coefficients whose fit has the mean E[p]. */
  intercept(mean: number, coefficients: Float64Array): number {
    return mean - (1 - this.dropShare) * coefficients.reduce((sum, value) => sum + value, 0);
  }

  /** How much of the sum of the left-out coefficients each of `keptCount` features takes over when the fit is made on these alone. */
  takeover(keptCount: number): number {
    return this.#covariance / (1 / this.#scale + keptCount * this.#covariance);
  }

  /** The variance of a linear function with these coefficients over LIME's rows. */
  explained(coefficients: Float64Array): number {
    let sum = 0;
    let squares = 0;
    for (const value of coefficients) {
      sum += value;
      squares += value * value;
    }
    return squares / this.#scale + sum * sum * this.#covariance;
  }
}
