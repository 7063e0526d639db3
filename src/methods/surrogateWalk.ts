import type { Bumps, Surrogate } from "./surrogate";

/** A surrogate's value along a path on which one feature at a time is dropped (+1) or put back (−1), from the whole text on. */
export class SurrogateWalk {
  /** What the constant, single features and pairs say, without the bumps. */
  quadratic: number;
  readonly #pair: Float64Array | null;
  /** What dropping each feature next would add. */
  readonly #slopes: Float64Array;

  constructor(surrogate: Surrogate) {
    this.#pair = surrogate.pair;
    this.#slopes = surrogate.single.slice();
    this.quadratic = surrogate.constant;
  }

  change(feature: number, sign: number): void {
    const slopes = this.#slopes;
    const features = slopes.length;
    const pair = this.#pair;
    this.quadratic += sign * (slopes[feature] ?? 0);
    if (!pair) {
      return;
    }
    const offset = feature * features;
    for (let i = 0; i < features; i++) {
      slopes[i] = (slopes[i] ?? 0) + sign * (pair[offset + i] ?? 0);
    }
  }
}

/** The sum of a surrogate's bumps along a path; see {@link SurrogateWalk}. */
export class BumpWalk {
  value = 0;
  readonly #factors: Float64Array;
  readonly #heights: Float64Array;

  constructor(bumps: Bumps) {
    this.#factors = bumps.factors;
    this.#heights = bumps.heights.slice();
    for (const height of this.#heights) {
      this.value += height;
    }
  }

  change(feature: number, sign: number): void {
    const heights = this.#heights;
    const factors = this.#factors;
    const count = heights.length;
    const offset = feature * count;
    let sum = 0;
    if (sign > 0) {
      for (let r = 0; r < count; r++) {
        const height = (heights[r] ?? 0) * (factors[offset + r] ?? 0);
        heights[r] = height;
        sum += height;
      }
    } else {
      for (let r = 0; r < count; r++) {
        const height = (heights[r] ?? 0) / (factors[offset + r] ?? 1);
        heights[r] = height;
        sum += height;
      }
    }
    this.value = sum;
  }
}

/** A surrogate's value on one row. */
export function surrogateValue(surrogate: Surrogate, dropped: readonly number[]): number {
  const features = surrogate.single.length;
  let value = surrogate.constant;
  for (let s = 0; s < dropped.length; s++) {
    const i = dropped[s] ?? 0;
    value += surrogate.single[i] ?? 0;
    for (let t = 0; t < s && surrogate.pair; t++) {
      value += surrogate.pair[i * features + (dropped[t] ?? 0)] ?? 0;
    }
  }
  if (surrogate.bumps) {
    const walk = new BumpWalk(surrogate.bumps);
    for (const i of dropped) {
      walk.change(i, 1);
    }
    value += walk.value;
  }
  return value;
}
