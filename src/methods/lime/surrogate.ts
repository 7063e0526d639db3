import type { Pacer } from "../pacer";
import { solveFolds } from "./conjugateGradients";
import { folds } from "./folds";

/** Beyond so many features there are never rows enough to tell pairs apart, and their matrix would be large. */
const mostPaired = 150;

/** Prior variances of the surrogate relative to the variance of the target: the noise of a row of average weight, all single features together, all pairs together. */
export interface SurrogatePrior {
  readonly noise: number;
  readonly single: number;
  readonly pair: number;
}

/** The rows a surrogate is fitted on. */
export interface SurrogateRows {
  readonly features: number;
  /** Per row the features it drops, ascending. */
  readonly dropped: readonly (readonly number[])[];
  /** Per row the part it belongs to, 0 to `folds` − 1, or −1 for a row that every surrogate may see. */
  readonly fold: Int8Array;
  /** The target to fit (log-odds) and the precision of each row, of mean 1. */
  readonly target: Float64Array;
  readonly precision: Float64Array;
}

/** A function of the dropped features: constant + Σ single[i] + Σ pair[i, j] over the dropped i and the dropped pairs i < j, and what windows and bumps add. */
export interface Surrogate {
  readonly constant: number;
  readonly single: Float64Array;
  /** Symmetric, float [features, features], diagonal 0; `null` where pairs are left out. */
  readonly pair: Float64Array | null;
  /** What the pattern of drops around each feature adds, float [features, 32]; see `windowPatterns`. */
  readonly windows: Float64Array | null;
  readonly bumps: Bumps | null;
}

/** A sum of smooth bumps, one around each fitted row: `heights` are their values on the whole text, and dropping feature i multiplies bump r by `factors[i * bumps + r]`. */
export interface Bumps {
  readonly heights: Float64Array;
  readonly factors: Float64Array;
}

/** Counts how many dropped features rows have in common, kept from round to round. */
export class OverlapTable {
  readonly #words: number;
  readonly #bits: Uint32Array[] = [];
  readonly #overlaps: Uint16Array[] = [];

  constructor(features: number) {
    this.#words = Math.ceil(features / 32);
  }

  get rows(): number {
    return this.#bits.length;
  }

  /** Adds a row and compares it with all earlier ones. */
  add(dropped: readonly number[]): void {
    const bits = new Uint32Array(this.#words);
    for (const i of dropped) {
      bits[i >>> 5] = (bits[i >>> 5] ?? 0) | (1 << (i & 31));
    }
    this.#bits.push(bits);
    const overlaps = new Uint16Array(this.#bits.length);
    for (const [row, other] of this.#bits.entries()) {
      let common = 0;
      for (let word = 0; word < this.#words; word++) {
        common += bitCount((bits[word] ?? 0) & (other[word] ?? 0));
      }
      overlaps[row] = common;
    }
    this.#overlaps.push(overlaps);
  }

  /** The common dropped features of a row with all rows up to itself. */
  overlapsOf(row: number): Uint16Array {
    return this.#overlaps[row] ?? new Uint16Array(0);
  }
}

function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Fits, for each fold, a quadratic surrogate by ridge regression on the rows outside that fold. Solved in dual form (rows × rows), where pairs cost nothing:
 * rows with s dropped features in common have the kernel 1 + a·s + b·s(s − 1)/2. Conjugate gradients, all folds at once.
 */
export async function fitSurrogates(
  rows: SurrogateRows,
  overlaps: OverlapTable,
  prior: SurrogatePrior,
  pacer: Pacer,
): Promise<Surrogate[]> {
  const { fold, target, precision } = rows;
  const count = target.length;
  const scales = priorScales(rows, prior);
  const root = precision.map(Math.sqrt);
  const kernel = await kernelOf(rows, overlaps, scales, root, pacer);
  const right = new Float64Array(count * folds);
  for (let r = 0; r < count; r++) {
    for (let f = 0; f < folds; f++) {
      right[r * folds + f] = fold[r] === f ? 0 : (root[r] ?? 0) * ((target[r] ?? 0) - scales.mean);
    }
  }
  const dual = await solveFolds(kernel, right, fold, prior.noise, pacer);
  const surrogates: Surrogate[] = [];
  for (let f = 0; f < folds; f++) {
    const weights = root.map((value, r) => (dual[r * folds + f] ?? 0) * value);
    surrogates.push(await surrogateOf(rows, weights, scales, pacer));
  }
  return surrogates;
}

/** The weighted mean of the target, and prior variances of one single feature and of one pair (0 where pairs are left out). */
interface Scales {
  readonly mean: number;
  readonly single: number;
  readonly pair: number;
}

function priorScales({ features, dropped, target, precision }: SurrogateRows, prior: SurrogatePrior): Scales {
  let mean = 0;
  let total = 0;
  let size = 0;
  let pairs = 0;
  for (let r = 0; r < target.length; r++) {
    const weight = precision[r] ?? 0;
    const k = dropped[r]?.length ?? 0;
    mean += weight * (target[r] ?? 0);
    size += weight * k;
    pairs += (weight * k * (k - 1)) / 2;
    total += weight;
  }
  return {
    mean: mean / total,
    single: prior.single / Math.max(size / total, 1e-9),
    pair: features <= mostPaired ? prior.pair / Math.max(pairs / total, 1e-9) : 0,
  };
}

/** How alike rows are, scaled by the roots of their precisions: float [rows, rows]. */
async function kernelOf(
  { features }: SurrogateRows,
  overlaps: OverlapTable,
  { single, pair }: Scales,
  root: Float64Array,
  pacer: Pacer,
): Promise<Float64Array> {
  const count = root.length;
  const table = Float64Array.from({ length: features + 1 }, (_, s) => 4 + single * s + (pair * s * (s - 1)) / 2);
  const kernel = new Float64Array(count * count);
  for (let r = 0; r < count; r++) {
    const common = overlaps.overlapsOf(r);
    for (let t = 0; t <= r; t++) {
      const value = (table[common[t] ?? 0] ?? 0) * (root[r] ?? 0) * (root[t] ?? 0);
      kernel[r * count + t] = value;
      kernel[t * count + r] = value;
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return kernel;
}

/** The function of the dropped features whose value is the mean plus the rows' kernels times their weights. */
async function surrogateOf(
  { features, dropped }: SurrogateRows,
  weights: Float64Array,
  scales: Scales,
  pacer: Pacer,
): Promise<Surrogate> {
  const single = new Float64Array(features);
  const pair = scales.pair > 0 ? new Float64Array(features * features) : null;
  let constant = scales.mean;
  for (const [r, weight] of weights.entries()) {
    const list = dropped[r] ?? [];
    constant += 4 * weight;
    if (pair) {
      addPairs(pair, features, list, weight * scales.pair);
    }
    for (const i of list) {
      single[i] = (single[i] ?? 0) + weight * scales.single;
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  if (pair) {
    mirror(pair, features);
  }
  return { constant, single, pair, windows: null, bumps: null };
}

/** Copies the lower half of a square matrix to the upper. */
export function mirror(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      matrix[j * size + i] = matrix[i * size + j] ?? 0;
    }
  }
}

function addPairs(pair: Float64Array, features: number, list: readonly number[], amount: number): void {
  for (let s = 1; s < list.length; s++) {
    const offset = (list[s] ?? 0) * features;
    for (let t = 0; t < s; t++) {
      const at = offset + (list[t] ?? 0);
      pair[at] = (pair[at] ?? 0) + amount;
    }
  }
}
