import type { Pacer } from "../pacer";

/** Beyond so many features there are never rows enough to tell pairs apart, and their matrix would be large. */
const mostPaired = 150;

/** How many parts the rows are split into; each part's surrogate is fitted on the rows of the others. */
export const folds = 8;

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
  /** Per row the part it belongs to, 0 to {@link folds} − 1, or −1 for a row that every surrogate may see. */
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
  const { features, dropped, fold, target, precision } = rows;
  const count = target.length;
  const paired = prior.pair > 0 && features <= mostPaired;
  let mean = 0;
  let total = 0;
  let size = 0;
  let pairs = 0;
  for (let r = 0; r < count; r++) {
    const weight = precision[r] ?? 0;
    const k = dropped[r]?.length ?? 0;
    mean += weight * (target[r] ?? 0);
    size += weight * k;
    pairs += (weight * k * (k - 1)) / 2;
    total += weight;
  }
  mean /= total;
  const singleScale = prior.single / Math.max(size / total, 1e-9);
  const pairScale = paired ? prior.pair / Math.max(pairs / total, 1e-9) : 0;

  const root = precision.map(Math.sqrt);
  const table = Float64Array.from(
    { length: features + 1 },
    (_, s) => 4 + singleScale * s + (pairScale * s * (s - 1)) / 2,
  );
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
  const right = new Float64Array(count * folds);
  for (let r = 0; r < count; r++) {
    for (let f = 0; f < folds; f++) {
      right[r * folds + f] = fold[r] === f ? 0 : (root[r] ?? 0) * ((target[r] ?? 0) - mean);
    }
  }
  const dual = await solveFolds(kernel, right, fold, prior.noise, pacer);
  const surrogates: Surrogate[] = [];
  for (let f = 0; f < folds; f++) {
    const single = new Float64Array(features);
    const pair = paired ? new Float64Array(features * features) : null;
    let constant = mean;
    for (let r = 0; r < count; r++) {
      const weight = (dual[r * folds + f] ?? 0) * (root[r] ?? 0);
      const list = dropped[r] ?? [];
      constant += 4 * weight;
      if (pair) {
        addPairs(pair, features, list, weight * pairScale);
      }
      for (const i of list) {
        single[i] = (single[i] ?? 0) + weight * singleScale;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    if (pair) {
      mirror(pair, features);
    }
    surrogates.push({ constant, single, pair, windows: null, bumps: null });
  }
  return surrogates;
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

/**
 * The squared residual, relative to that at the start, at which the search for a surrogate ends. Any surrogate would do, but one that is left half-way
 * hangs on the last digits of its input, and with it which rows are drawn next.
 */
export const smallResidual = 1e-8;

/** Solves (K + noise·I) x = b for every fold on the rows outside it; `right` and the result are [rows, folds], 0 inside the fold. */
async function solveFolds(
  kernel: Float64Array,
  right: Float64Array,
  fold: Int8Array,
  noise: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const count = fold.length;
  const solution = new Float64Array(right.length);
  const residual = Float64Array.from(right);
  const direction = Float64Array.from(right);
  const image = new Float64Array(right.length);
  const norm = foldSums(residual, residual);
  const goal = norm.map((value) => value * smallResidual);
  for (let iteration = 0; iteration < 100; iteration++) {
    for (let r = 0; r < count; r++) {
      const offset = r * count;
      const own = fold[r];
      // Four folds at a time: as many sums as stay in registers.
      for (let group = 0; group < folds; group += 4) {
        let a = 0;
        let b = 0;
        let c = 0;
        let d = 0;
        for (let t = 0, at = group; t < count; t++, at += folds) {
          const k = kernel[offset + t] ?? 0;
          a += k * (direction[at] ?? 0);
          b += k * (direction[at + 1] ?? 0);
          c += k * (direction[at + 2] ?? 0);
          d += k * (direction[at + 3] ?? 0);
        }
        const at = r * folds + group;
        image[at] = own === group ? 0 : a + noise * (direction[at] ?? 0);
        image[at + 1] = own === group + 1 ? 0 : b + noise * (direction[at + 1] ?? 0);
        image[at + 2] = own === group + 2 ? 0 : c + noise * (direction[at + 2] ?? 0);
        image[at + 3] = own === group + 3 ? 0 : d + noise * (direction[at + 3] ?? 0);
      }
      if ((r & 31) === 0 && pacer.due()) {
        await pacer.rest();
      }
    }
    const curvature = foldSums(direction, image);
    const steps = norm.map((value, f) => (curvature[f] ? value / (curvature[f] ?? 1) : 0));
    for (let i = 0; i < solution.length; i++) {
      const step = steps[i % folds] ?? 0;
      solution[i] = (solution[i] ?? 0) + step * (direction[i] ?? 0);
      residual[i] = (residual[i] ?? 0) - step * (image[i] ?? 0);
    }
    const next = foldSums(residual, residual);
    if (next.every((value, f) => value <= (goal[f] ?? 0))) {
      break;
    }
    const keep = next.map((value, f) => (norm[f] ? value / (norm[f] ?? 1) : 0));
    for (let i = 0; i < direction.length; i++) {
      direction[i] = (residual[i] ?? 0) + (keep[i % folds] ?? 0) * (direction[i] ?? 0);
    }
    norm.set(next);
  }
  return solution;
}

function foldSums(left: Float64Array, right: Float64Array): Float64Array {
  const sums = new Float64Array(folds);
  for (let i = 0; i < left.length; i++) {
    sums[i % folds] = (sums[i % folds] ?? 0) + (left[i] ?? 0) * (right[i] ?? 0);
  }
  return sums;
}
