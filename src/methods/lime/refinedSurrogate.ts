import type { Pacer } from "../pacer";
import { solve } from "./conjugateGradients";
import { byteSums, byteValues, dropBytes } from "./dropBytes";
import { folds } from "./folds";
import {
  type WindowPrior,
  windowByteSums,
  windowBytes,
  windowCovariance,
  windowPatterns,
  windowTables,
} from "./neighbours";
import { type Bumps, mirror, type Surrogate, type SurrogatePrior, type SurrogateRows } from "./surrogate";

/**
 * What is believed before: besides single features and pairs (where the first surrogates have these), windows of neighbours, and bumps, which fall with the share of relevance in which two rows
 * differ (`null` leaves them out).
 */
export interface RefinedPrior extends SurrogatePrior {
  readonly window: WindowPrior;
  readonly bump: { readonly height: number; readonly fall: number } | null;
}

/** No feature counts less than this, where 1 is the average. */
const leastRelevance = 0.1;

/**
 * Fits each fold's surrogate again, now knowing which features matter: every feature is stretched by the size of its effect in the first
 * surrogate of the same fold, so that pairs of strong features are believed before pairs of weak ones. Windows catch how neighbours work together, and
 * bumps exp(−fall · H) over the stretched Hamming distance H between rows interactions of more than two features. Rows of the fold itself stay unseen.
 */
export async function refineSurrogates(
  rows: SurrogateRows,
  first: readonly Surrogate[],
  prior: RefinedPrior,
  pacer: Pacer,
): Promise<Surrogate[]> {
  const refined: Surrogate[] = [];
  const space = new Float64Array(rows.target.length ** 2);
  for (let f = 0; f < folds; f++) {
    const surrogate = first[f];
    const members: number[] = [];
    for (let r = 0; r < rows.target.length; r++) {
      if (rows.fold[r] !== f) {
        members.push(r);
      }
    }
    if (surrogate) {
      const own = surrogate.pair ? prior : { ...prior, pair: 0 };
      refined.push(await refine(rows, members, relevance(rows, members, surrogate), own, space, pacer));
    }
  }
  return refined;
}

/** Each feature's root mean square effect when it is dropped from the rows of the design, relative to the mean over features. */
function relevance(rows: SurrogateRows, members: readonly number[], { single, pair }: Surrogate): Float64Array {
  const { features } = rows;
  const shares = new Float64Array(features);
  for (const r of members) {
    for (const i of rows.dropped[r] ?? []) {
      shares[i] = (shares[i] ?? 0) + 1 / members.length;
    }
  }
  const effects = single.map((own, i) => {
    let mean = own;
    let variance = 0;
    for (let j = 0; j < features; j++) {
      const value = pair?.[i * features + j] ?? 0;
      const share = shares[j] ?? 0;
      mean += value * share;
      variance += value * value * share * (1 - share);
    }
    return Math.sqrt(mean * mean + variance);
  });
  const average = effects.reduce((sum, value) => sum + value, 0) / features;
  return effects.map((value) => (average > 0 ? Math.max(leastRelevance, value / average) : 1));
}

async function refine(
  rows: SurrogateRows,
  members: readonly number[],
  stretch: Float64Array,
  prior: RefinedPrior,
  space: Float64Array,
  pacer: Pacer,
): Promise<Surrogate> {
  const count = members.length;
  const covariance = new Covariance(rows, members, stretch, prior);
  const kernel = space.subarray(0, count * count);
  for (let m = 0; m < count; m++) {
    covariance.fillRow(kernel, m);
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  mirror(kernel, count);
  await pacer.rest();
  const { root, mean } = covariance;
  const right = Float64Array.from(members, (r, m) => (root[m] ?? 0) * ((rows.target[r] ?? 0) - mean));
  const dual = await solve(kernel, right, prior.noise, pacer);
  await pacer.rest();
  return covariance.surrogate(dual.map((value, m) => value * (root[m] ?? 0)));
}

/** How alike a fold's surrogate takes its rows to be, and the surrogate that follows from weights of the rows. */
class Covariance {
  /** Roots of the rows' precisions, by which rows and columns of the kernel are scaled. */
  readonly root: Float64Array;
  /** The weighted mean of the target. */
  readonly mean: number;
  readonly #lists: readonly (readonly number[])[];
  readonly #stretch: Float64Array;
  /** Stretched numbers of features that rows drop. */
  readonly #lengths: Float64Array;
  readonly #singleScale: number;
  readonly #pairScale: number;
  readonly #height: number;
  readonly #fall: number;
  readonly #windows: Float64Array;
  /** The rows' drops, and those of windows, in bytes; and for each value of a byte the sums of stretches, of their squares, and of windows' covariances. */
  readonly #drops: Uint8Array;
  readonly #windowDrops: Uint8Array;
  readonly #sums: Record<"stretch" | "squares" | "windows", Float64Array>;

  constructor(rows: SurrogateRows, members: readonly number[], stretch: Float64Array, prior: RefinedPrior) {
    const { features } = rows;
    const count = members.length;
    this.#stretch = stretch;
    this.#lists = members.map((r) => rows.dropped[r] ?? []);
    this.#lengths = new Float64Array(count);
    this.root = Float64Array.from(members, (r) => Math.sqrt(rows.precision[r] ?? 0));
    let total = 0;
    let mean = 0;
    let singles = 0;
    let pairs = 0;
    for (const [m, r] of members.entries()) {
      let length = 0;
      let squares = 0;
      for (const i of this.#lists[m] ?? []) {
        const value = stretch[i] ?? 0;
        length += value;
        squares += value * value;
      }
      this.#lengths[m] = length;
      const weight = rows.precision[r] ?? 0;
      total += weight;
      mean += weight * (rows.target[r] ?? 0);
      singles += weight * length;
      pairs += (weight * (length * length - squares)) / 2;
    }
    this.mean = mean / total;
    this.#singleScale = prior.single / Math.max(singles / total, 1e-9);
    this.#pairScale = prior.pair / Math.max(pairs / total, 1e-9);
    this.#height = prior.bump?.height ?? 0;
    this.#fall = (prior.bump?.fall ?? 0) / features;
    this.#windows = windowCovariance(stretch, prior.window);
    this.#drops = dropBytes(this.#lists, features);
    this.#windowDrops = windowBytes(this.#lists, features);
    this.#sums = {
      stretch: byteSums(stretch),
      squares: byteSums(stretch.map((value) => value * value)),
      windows: windowByteSums(this.#windows),
    };
  }

  /** Writes row `m` of the kernel, up to its diagonal. */
  fillRow(kernel: Float64Array, m: number): void {
    const { stretch, squares: squaresOf, windows } = this.#sums;
    const drops = this.#drops;
    const windowDrops = this.#windowDrops;
    const lengths = this.#lengths;
    const width = stretch.length / byteValues;
    const windowWidth = windows.length / byteValues;
    const offset = m * this.root.length;
    const ownRoot = this.root[m] ?? 0;
    const [own, ownWindows] = [m * width, m * windowWidth];
    for (let t = 0; t <= m; t++) {
      let common = 0;
      let squares = 0;
      for (let i = 0, at = t * width; i < width; i++, at++) {
        const both = i * byteValues + ((drops[own + i] ?? 0) & (drops[at] ?? 0));
        common += stretch[both] ?? 0;
        squares += squaresOf[both] ?? 0;
      }
      const distance = (lengths[m] ?? 0) + (lengths[t] ?? 0) - 2 * common;
      let value =
        4 +
        this.#singleScale * common +
        (this.#pairScale * (common * common - squares)) / 2 +
        this.#height * Math.exp(-this.#fall * distance);
      for (let i = 0, at = t * windowWidth; i < windowWidth; i++, at++) {
        value += windows[i * byteValues + ((windowDrops[ownWindows + i] ?? 0) ^ (windowDrops[at] ?? 0))] ?? 0;
      }
      kernel[offset + t] = value * ownRoot * (this.root[t] ?? 0);
    }
  }

  /** The function of the dropped features whose value is the mean plus the rows' covariances times their weights. */
  surrogate(weights: Float64Array): Surrogate {
    const stretch = this.#stretch;
    const features = stretch.length;
    const single = new Float64Array(features);
    const pair = this.#pairScale > 0 ? new Float64Array(features * features) : null;
    let constant = this.mean;
    for (const [m, list] of this.#lists.entries()) {
      const weight = weights[m] ?? 0;
      constant += 4 * weight;
      for (const [s, i] of list.entries()) {
        single[i] = (single[i] ?? 0) + weight * this.#singleScale * (stretch[i] ?? 0);
        const amount = weight * this.#pairScale * (stretch[i] ?? 0);
        for (let t = 0; pair && t < s; t++) {
          const at = i * features + (list[t] ?? 0);
          pair[at] = (pair[at] ?? 0) + amount * (stretch[list[t] ?? 0] ?? 0);
        }
      }
    }
    if (pair) {
      mirror(pair, features);
    }
    const patterns = this.#lists.map((list) => windowPatterns(list, features));
    const windows = windowTables(this.#windows, patterns, weights);
    return { constant, single, pair, windows, bumps: this.#height > 0 ? this.#bumps(weights) : null };
  }

  #bumps(weights: Float64Array): Bumps {
    const stretch = this.#stretch;
    const fall = this.#fall;
    const count = weights.length;
    const heights = weights.map((weight, m) => weight * this.#height * Math.exp(-fall * (this.#lengths[m] ?? 0)));
    const factors = new Float64Array(stretch.length * count);
    for (const [i, value] of stretch.entries()) {
      factors.fill(Math.exp(-fall * value), i * count, (i + 1) * count);
    }
    for (const [m, list] of this.#lists.entries()) {
      for (const i of list) {
        factors[i * count + m] = Math.exp(fall * (stretch[i] ?? 0));
      }
    }
    return { heights, factors };
  }
}
