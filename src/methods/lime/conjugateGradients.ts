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
