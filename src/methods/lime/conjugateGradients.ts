import type { Pacer } from "../pacer";
import { folds } from "./folds";

/**
 * The squared residual, relative to that at the start, at which the search for a surrogate ends. Any surrogate would do, but one that is left half-way
 * hangs on the last digits of its input, and with it which rows are drawn next.
 */
const smallResidual = 1e-8;

/** Solves (K + noise·I) x = b for every fold on the rows outside it; `right` and the result are [rows, folds], 0 inside the fold. */
export async function solveFolds(
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
    for (let r = 0; r < count; r += 2) {
      imagesOfTwo(kernel, r, direction, image);
      if ((r & 31) === 0 && pacer.due()) {
        await pacer.rest();
      }
    }
    for (let r = 0; r < count; r++) {
      for (let f = 0, at = r * folds; f < folds; f++, at++) {
        image[at] = fold[r] === f ? 0 : (image[at] ?? 0) + noise * (direction[at] ?? 0);
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

/** The products of two rows of a square matrix, from row `first` on, with the vectors of all folds, [rows, folds]. As many sums at a time as stay in registers. The row beyond the last is left out. */
function imagesOfTwo(matrix: Float64Array, first: number, vectors: Float64Array, images: Float64Array): void {
  const count = vectors.length / folds;
  const p = first * count;
  const q = Math.min(first + 1, count - 1) * count;
  for (let group = 0; group < folds; group += 4) {
    let [pa, pb, pc, pd, qa, qb, qc, qd] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let t = 0, at = group; t < count; t++, at += folds) {
      const own = matrix[p + t] ?? 0;
      const next = matrix[q + t] ?? 0;
      const a = vectors[at] ?? 0;
      const b = vectors[at + 1] ?? 0;
      const c = vectors[at + 2] ?? 0;
      const d = vectors[at + 3] ?? 0;
      pa += own * a;
      pb += own * b;
      pc += own * c;
      pd += own * d;
      qa += next * a;
      qb += next * b;
      qc += next * c;
      qd += next * d;
    }
    images.set([pa, pb, pc, pd], first * folds + group);
    if (first + 1 < count) {
      images.set([qa, qb, qc, qd], (first + 1) * folds + group);
    }
  }
}

function foldSums(left: Float64Array, right: Float64Array): Float64Array {
  const sums = new Float64Array(folds);
  for (let i = 0; i < left.length; i++) {
    sums[i % folds] = (sums[i % folds] ?? 0) + (left[i] ?? 0) * (right[i] ?? 0);
  }
  return sums;
}

/** Solves (K + noise·I) x = b for one right side; `kernel` is float [rows, rows]. */
export async function solve(
  kernel: Float64Array,
  right: Float64Array,
  noise: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const count = right.length;
  const solution = new Float64Array(count);
  const residual = Float64Array.from(right);
  const direction = Float64Array.from(right);
  const image = new Float64Array(count);
  let norm = product(residual, residual);
  const goal = norm * smallResidual;
  for (let iteration = 0; iteration < 100 && norm > goal; iteration++) {
    for (let r = 0; r < count; r += 4) {
      productsOfFour(kernel, r, direction, image);
      if ((r & 31) === 0 && pacer.due()) {
        await pacer.rest();
      }
    }
    for (let r = 0; r < count; r++) {
      image[r] = (image[r] ?? 0) + noise * (direction[r] ?? 0);
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

/**
 * The products of four rows of a square matrix, from row `first` on, with a vector, each to the digit as {@link product} has it. Four at a time, since one sum would wait for itself. Rows beyond the last are left out.
 */
function productsOfFour(matrix: Float64Array, first: number, vector: Float64Array, result: Float64Array): void {
  const count = vector.length;
  const startOf = (row: number) => Math.min(first + row, count - 1) * count;
  const [p, q, s, t] = [startOf(0), startOf(1), startOf(2), startOf(3)];
  let [pa, pb, qa, qb, sa, sb, ta, tb] = [0, 0, 0, 0, 0, 0, 0, 0];
  let i = 0;
  for (; i + 1 < count; i += 2) {
    const even = vector[i] ?? 0;
    const odd = vector[i + 1] ?? 0;
    pa += (matrix[p + i] ?? 0) * even;
    pb += (matrix[p + i + 1] ?? 0) * odd;
    qa += (matrix[q + i] ?? 0) * even;
    qb += (matrix[q + i + 1] ?? 0) * odd;
    sa += (matrix[s + i] ?? 0) * even;
    sb += (matrix[s + i + 1] ?? 0) * odd;
    ta += (matrix[t + i] ?? 0) * even;
    tb += (matrix[t + i + 1] ?? 0) * odd;
  }
  const last = i < count ? (vector[i] ?? 0) : 0;
  const rest = (row: number) => (i < count ? (matrix[row + i] ?? 0) * last : 0);
  const sums = [pa + pb + rest(p), qa + qb + rest(q), sa + sb + rest(s), ta + tb + rest(t)];
  for (let row = 0; row < 4 && first + row < count; row++) {
    result[first + row] = sums[row] ?? 0;
  }
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
