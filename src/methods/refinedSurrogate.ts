import type { Pacer } from "./pacer";
import { folds, mirror, type Surrogate, type SurrogatePrior, type SurrogateRows } from "./surrogate";

/** Prior variance of the bumps, on the scale of {@link SurrogatePrior}, and how fast they fall with the share of relevance in which two rows differ. */
export interface BumpPrior {
  readonly height: number;
  readonly fall: number;
}

/** No feature counts less than this, where 1 is the average. */
const leastRelevance = 0.1;

/**
 * Fits each fold's surrogate again, now knowing which features matter: every feature is stretched by the size of its effect in the first
 * surrogate of the same fold, so that pairs of strong features are believed before pairs of weak ones, and bumps exp(−fall · H) over the stretched
 * Hamming distance H between rows catch interactions of more than two features. Rows of the fold itself stay unseen.
 */
export async function refineSurrogates(
  rows: SurrogateRows,
  first: readonly Surrogate[],
  prior: SurrogatePrior,
  bumpPrior: BumpPrior,
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
      refined.push(await refine(rows, members, relevance(rows, members, surrogate), prior, bumpPrior, space, pacer));
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
  prior: SurrogatePrior,
  bumpPrior: BumpPrior,
  space: Float64Array,
  pacer: Pacer,
): Promise<Surrogate> {
  const { features } = rows;
  const count = members.length;
  const lists = members.map((r) => rows.dropped[r] ?? []);
  const root = Float64Array.from(members, (r) => Math.sqrt(rows.precision[r] ?? 0));
  const lengths = new Float64Array(count);
  const squareLengths = new Float64Array(count);
  let total = 0;
  let mean = 0;
  let singles = 0;
  let pairs = 0;
  for (const [m, r] of members.entries()) {
    for (const i of lists[m] ?? []) {
      const value = stretch[i] ?? 0;
      lengths[m] = (lengths[m] ?? 0) + value;
      squareLengths[m] = (squareLengths[m] ?? 0) + value * value;
    }
    const weight = rows.precision[r] ?? 0;
    total += weight;
    mean += weight * (rows.target[r] ?? 0);
    singles += weight * (lengths[m] ?? 0);
    pairs += (weight * ((lengths[m] ?? 0) ** 2 - (squareLengths[m] ?? 0))) / 2;
  }
  mean /= total;
  const singleScale = prior.single / Math.max(singles / total, 1e-9);
  const pairScale = prior.pair / Math.max(pairs / total, 1e-9);
  const fall = bumpPrior.fall / features;

  const kernel = space.subarray(0, count * count);
  const own = new Float64Array(features);
  for (let m = 0; m < count; m++) {
    own.fill(0);
    for (const i of lists[m] ?? []) {
      own[i] = stretch[i] ?? 0;
    }
    for (let t = 0; t <= m; t++) {
      let common = 0;
      let squares = 0;
      for (const i of lists[t] ?? []) {
        const value = own[i] ?? 0;
        common += value;
        squares += value * value;
      }
      const distance = (lengths[m] ?? 0) + (lengths[t] ?? 0) - 2 * common;
      const value =
        4 +
        singleScale * common +
        (pairScale * (common * common - squares)) / 2 +
        bumpPrior.height * Math.exp(-fall * distance);
      kernel[m * count + t] = value * (root[m] ?? 0) * (root[t] ?? 0);
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  mirror(kernel, count);
  await pacer.rest();
  const right = Float64Array.from(members, (r, m) => (root[m] ?? 0) * ((rows.target[r] ?? 0) - mean));
  const dual = await solve(kernel, right, prior.noise, pacer);

  const single = new Float64Array(features);
  const pair = new Float64Array(features * features);
  const heights = new Float64Array(count);
  const factors = new Float64Array(features * count);
  let constant = mean;
  for (let m = 0; m < count; m++) {
    const weight = (dual[m] ?? 0) * (root[m] ?? 0);
    constant += 4 * weight;
    heights[m] = weight * bumpPrior.height * Math.exp(-fall * (lengths[m] ?? 0));
    const list = lists[m] ?? [];
    for (const [s, i] of list.entries()) {
      single[i] = (single[i] ?? 0) + weight * singleScale * (stretch[i] ?? 0);
      const amount = weight * pairScale * (stretch[i] ?? 0);
      for (let t = 0; t < s; t++) {
        const at = i * features + (list[t] ?? 0);
        pair[at] = (pair[at] ?? 0) + amount * (stretch[list[t] ?? 0] ?? 0);
      }
    }
  }
  for (let i = 0; i < features; i++) {
    factors.fill(Math.exp(-fall * (stretch[i] ?? 0)), i * count, (i + 1) * count);
  }
  for (const [m, list] of lists.entries()) {
    for (const i of list) {
      factors[i * count + m] = Math.exp(fall * (stretch[i] ?? 0));
    }
  }
  mirror(pair, features);
  await pacer.rest();
  return { constant, single, pair, bumps: { heights, factors } };
}

/** Solves (K + noise·I) x = b by conjugate gradients, to residuals of 3 %: any surrogate will do, a better one only saves evaluations. */
async function solve(kernel: Float64Array, right: Float64Array, noise: number, pacer: Pacer): Promise<Float64Array> {
  const count = right.length;
  const solution = new Float64Array(count);
  const residual = Float64Array.from(right);
  const direction = Float64Array.from(right);
  const image = new Float64Array(count);
  let norm = product(residual, residual);
  const goal = norm * 1e-3;
  for (let iteration = 0; iteration < 100 && norm > goal; iteration++) {
    for (let r = 0; r < count; r++) {
      const row = kernel.subarray(r * count, (r + 1) * count);
      image[r] = product(row, direction) + noise * (direction[r] ?? 0);
      if ((r & 31) === 0 && pacer.due()) {
        await pacer.rest();
      }
    }
    const step = norm / product(direction, image);
    for (let r = 0; r < count; r++) {
      solution[r] = (solution[r] ?? 0) + step * (direction[r] ?? 0);
      residual[r] = (residual[r] ?? 0) - step * (image[r] ?? 0);
    }
    const next = product(residual, residual);
    for (let r = 0; r < count; r++) {
      direction[r] = (residual[r] ?? 0) + (next / norm) * (direction[r] ?? 0);
    }
    norm = next;
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return solution;
}

function product(left: Float64Array, right: Float64Array): number {
  const count = right.length;
  let a = 0;
  let b = 0;
  let i = 0;
  for (; i + 1 < count; i += 2) {
    a += (left[i] ?? 0) * (right[i] ?? 0);
    b += (left[i + 1] ?? 0) * (right[i + 1] ?? 0);
  }
  return a + b + (i < count ? (left[i] ?? 0) * (right[i] ?? 0) : 0);
}
