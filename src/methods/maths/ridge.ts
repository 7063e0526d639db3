/**
 * Cholesky's method: overwrites the lower half of a symmetric positive definite matrix, float [n, n], with its factor. Directions without variance get an
 * infinite diagonal, by which whatever is solved there is 0.
 */
function factorise(a: Float64Array, n: number): void {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    largest = Math.max(largest, a[i * n + i] ?? 0);
  }
  const smallest = largest * 1e-13;
  for (let j = 0; j < n; j++) {
    const rowJ = a.subarray(j * n, j * n + j + 1);
    let pivot = rowJ[j] ?? 0;
    for (let k = 0; k < j; k++) {
      const value = rowJ[k] ?? 0;
      pivot -= value * value;
    }
    const root = pivot > smallest ? Math.sqrt(pivot) : Number.POSITIVE_INFINITY;
    rowJ[j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = a.subarray(i * n, i * n + j + 1);
      let sum = rowI[j] ?? 0;
      for (let k = 0; k < j; k++) {
        sum -= (rowI[k] ?? 0) * (rowJ[k] ?? 0);
      }
      rowI[j] = sum / root;
    }
  }
}

/** Solves L x = b for a factor L of {@link factorise}; `x` has b and is overwritten. */
function forward(factor: Float64Array, x: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    const row = factor.subarray(i * n, i * n + i + 1);
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k++) {
      sum -= (row[k] ?? 0) * (x[k] ?? 0);
    }
    x[i] = sum / (row[i] ?? 1);
  }
}

/** Solves A x = b for a symmetric positive definite matrix, float [n, n]; `a` is overwritten. Directions without variance get 0. */
export function solvePositive(a: Float64Array, b: Float64Array): Float64Array {
  return positiveSolver(a, b.length)(b);
}

/** {@link solvePositive} for one matrix, float [n, n], and any number of right-hand sides. */
export function positiveSolver(a: Float64Array, n: number): (b: Float64Array) => Float64Array {
  factorise(a, n);
  return (b) => {
    const x = Float64Array.from(b);
    forward(a, x);
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i] ?? 0;
      for (let k = i + 1; k < n; k++) {
        sum -= (a[k * n + i] ?? 0) * (x[k] ?? 0);
      }
      x[i] = sum / (a[i * n + i] ?? 1);
    }
    return x;
  };
}

/** Weighted moments of rows of 0 and 1 against a target: what any ridge fit on any subset of the columns needs. */
export class WeightedMoments {
  readonly features: number;
  #weight = 0;
  /** The first target seen: sums are kept of differences from it, so that a target that hardly varies loses no digits. */
  #origin = Number.NaN;
  #targetSum = 0;
  #targetSquares = 0;
  readonly #dropped: Float64Array;
  readonly #both: Float64Array;
  readonly #target: Float64Array;
  readonly #list: Int32Array;

  constructor(features: number) {
    this.features = features;
    this.#dropped = new Float64Array(features);
    this.#both = new Float64Array(features * features);
    this.#target = new Float64Array(features);
    this.#list = new Int32Array(features);
  }

  /** Adds one row of a keep-mask, with its weight and target. */
  add(row: Uint8Array, weight: number, value: number): void {
    const { features } = this;
    this.#origin = Number.isNaN(this.#origin) ? value : this.#origin;
    const target = value - this.#origin;
    const list = this.#list;
    let count = 0;
    for (let i = 0; i < features; i++) {
      if (row[i] === 0) {
        list[count++] = i;
      }
    }
    this.#weight += weight;
    this.#targetSum += weight * target;
    this.#targetSquares += weight * target * target;
    for (let s = 0; s < count; s++) {
      const i = list[s] ?? 0;
      this.#dropped[i] = (this.#dropped[i] ?? 0) + weight;
      this.#target[i] = (this.#target[i] ?? 0) + weight * target;
      const offset = i * features;
      for (let t = 0; t <= s; t++) {
        const at = offset + (list[t] ?? 0);
        this.#both[at] = (this.#both[at] ?? 0) + weight;
      }
    }
  }

  /** The sum of the weights. */
  get weight(): number {
    return this.#weight;
  }

  /** The weighted mean of the target. */
  targetMean(): number {
    return this.#origin + this.#targetSum / this.#weight;
  }

  /** Weighted sum of squares of the target about its mean. */
  targetVariation(): number {
    return this.#targetSquares - (this.#targetSum * this.#targetSum) / this.#weight;
  }

  /** Weighted share of rows that keep a feature. */
  keptShare(feature: number): number {
    return 1 - (this.#dropped[feature] ?? 0) / this.#weight;
  }

  /** Weighted sum of products of two centred columns. */
  product(i: number, j: number): number {
    const at = i > j ? i * this.features + j : j * this.features + i;
    return (this.#both[at] ?? 0) - ((this.#dropped[i] ?? 0) * (this.#dropped[j] ?? 0)) / this.#weight;
  }

  /** Weighted sum of products of a centred column and the centred target. */
  productWithTarget(i: number): number {
    return ((this.#dropped[i] ?? 0) * this.#targetSum) / this.#weight - (this.#target[i] ?? 0);
  }

  /** Ridge regression on some columns, intercept not penalised: coefficients in the order of `columns`. */
  ridge(columns: readonly number[], alpha: number): Float64Array {
    return solvePositive(
      this.#gram(columns, alpha),
      Float64Array.from(columns, (i) => this.productWithTarget(i)),
    );
  }

  /**
   * How much of a row's own target its value in that ridge is, from 0 to 1: its residual over the rest up to 1 is the residual of the fit without this row.
   * Says it of rows that were added, by keep-mask and weight.
   */
  leverages(columns: readonly number[], alpha: number): (row: Uint8Array, weight: number) => number {
    const factor = this.#gram(columns, alpha);
    factorise(factor, columns.length);
    const shares = columns.map((feature) => this.keptShare(feature));
    const centred = new Float64Array(columns.length);
    return (row, weight) => {
      for (const [position, feature] of columns.entries()) {
        centred[position] = (row[feature] ?? 0) - (shares[position] ?? 0);
      }
      forward(factor, centred);
      return weight * (1 / this.#weight + centred.reduce((sum, value) => sum + value * value, 0));
    };
  }

  /** Products of some centred columns, with `alpha` on the diagonal; the lower half. */
  #gram(columns: readonly number[], alpha: number): Float64Array {
    const n = columns.length;
    const gram = new Float64Array(n * n);
    for (const [s, i] of columns.entries()) {
      for (const [t, j] of columns.entries()) {
        if (t <= s) {
          gram[s * n + t] = this.product(i, j) + (s === t ? alpha : 0);
        }
      }
    }
    return gram;
  }
}

/**
 * Forward selection: adds, one at a time, the column whose unregularised fit together with those already chosen has the largest weighted R²;
 * the first of equals. Returns `count` columns in the order chosen.
 */
export function forwardSelection(moments: WeightedMoments, count: number): number[] {
  const { features } = moments;
  const partial = Float64Array.from({ length: features }, (_, i) => moments.productWithTarget(i));
  const variation = Float64Array.from({ length: features }, (_, i) => moments.product(i, i));
  const initial = Float64Array.from(variation);
  const directions: Float64Array[] = [];
  const chosen: number[] = [];
  while (chosen.length < Math.min(count, features)) {
    let best = -1;
    let bestGain = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < features; i++) {
      if (chosen.includes(i)) {
        continue;
      }
      const rest = variation[i] ?? 0;
      const gain = rest > 1e-12 * (initial[i] ?? 0) ? (partial[i] ?? 0) ** 2 / rest : 0;
      if (gain > bestGain) {
        best = i;
        bestGain = gain;
      }
    }
    chosen.push(best);
    const rest = variation[best] ?? 0;
    if (rest <= 1e-12 * (initial[best] ?? 0)) {
      continue;
    }
    const root = Math.sqrt(rest);
    const direction = Float64Array.from({ length: features }, (_, i) => {
      let value = moments.product(i, best);
      for (const earlier of directions) {
        value -= (earlier[i] ?? 0) * (earlier[best] ?? 0);
      }
      return value / root;
    });
    const explained = (partial[best] ?? 0) / root;
    for (let i = 0; i < features; i++) {
      const component = direction[i] ?? 0;
      partial[i] = (partial[i] ?? 0) - component * explained;
      variation[i] = (variation[i] ?? 0) - component * component;
    }
    directions.push(direction);
  }
  return chosen;
}
