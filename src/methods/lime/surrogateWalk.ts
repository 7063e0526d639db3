import { WindowWalk } from "./neighbours";
import type { Bumps, Surrogate } from "./surrogate";

/** A surrogate's value along a path on which one feature at a time is dropped (+1) or put back (−1), from the whole text on. */
export class SurrogateWalk {
  /** What the constant, single features and pairs say. */
  #quadratic = 0;
  readonly #surrogate: Surrogate;
  /** What dropping each feature next would add. */
  readonly #slopes: Float64Array;
  readonly #windows: WindowWalk | null;
  readonly #bumps: BumpWalk | null;

  constructor(surrogate: Surrogate) {
    this.#surrogate = surrogate;
    this.#slopes = new Float64Array(surrogate.single.length);
    this.#windows = surrogate.windows && new WindowWalk(surrogate.windows);
    this.#bumps = surrogate.bumps && new BumpWalk(surrogate.bumps);
    this.restart();
  }

  /** Goes back to the whole text. */
  restart(): void {
    this.#quadratic = this.#surrogate.constant;
    this.#slopes.set(this.#surrogate.single);
    this.#windows?.restart();
    this.#bumps?.restart();
  }

  get value(): number {
    return this.#quadratic + (this.#windows ? this.#windows.value : 0) + (this.#bumps ? this.#bumps.value : 0);
  }

  /** The value without what windows and bumps add. */
  get quadratic(): number {
    return this.#quadratic;
  }

  change(feature: number, sign: number): void {
    this.#windows?.change(feature);
    this.#bumps?.change(feature, sign);
    const slopes = this.#slopes;
    const features = slopes.length;
    const { pair } = this.#surrogate;
    this.#quadratic += sign * (slopes[feature] ?? 0);
    if (!pair) {
      return;
    }
    const offset = feature * features;
    for (let i = 0; i < features; i++) {
      slopes[i] = (slopes[i] ?? 0) + sign * (pair[offset + i] ?? 0);
    }
  }
}

/** The sum of a surrogate's bumps along such a path. */
class BumpWalk {
  value = 0;
  readonly #bumps: Bumps;
  readonly #heights: Float64Array;
  readonly #start: number;

  constructor(bumps: Bumps) {
    this.#bumps = bumps;
    this.#heights = new Float64Array(bumps.heights.length);
    this.#start = bumps.heights.reduce((sum, height) => sum + height, 0);
    this.restart();
  }

  restart(): void {
    this.#heights.set(this.#bumps.heights);
    this.value = this.#start;
  }

  change(feature: number, sign: number): void {
    const heights = this.#heights;
    const { factors } = this.#bumps;
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
export function surrogateValue(
  { constant, single, pair, windows, bumps }: Surrogate,
  dropped: readonly number[],
): number {
  const features = single.length;
  let value = constant;
  for (let s = 0; s < dropped.length; s++) {
    const i = dropped[s] ?? 0;
    value += single[i] ?? 0;
    for (let t = 0; t < s && pair; t++) {
      value += pair[i * features + (dropped[t] ?? 0)] ?? 0;
    }
  }
  for (const walk of [windows && new WindowWalk(windows), bumps && new BumpWalk(bumps)]) {
    for (const i of walk ? dropped : []) {
      walk?.change(i, 1);
    }
    value += walk?.value ?? 0;
  }
  return value;
}
