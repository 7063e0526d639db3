import type { HeadMatrix } from "../../src/common/look";

/** How a matrix is shown. */
export interface ShapeOptions {
  readonly showSpecial: boolean;
  readonly renormalise: boolean;
  /** Per cent of each row's shown mass to keep, strongest keys first; 100 keeps all. */
  readonly topMass: number;
}

/** A matrix as it is drawn: `values[r * columns.length + c]`, with the original positions of its rows and columns. */
export interface ShapedHead {
  /** Position of each shown query in the original matrix. */
  readonly rows: readonly number[];
  /** Position of each shown key in the original matrix. */
  readonly columns: readonly number[];
  readonly values: Float32Array;
  /** The largest shown value, so that colours fill the range; 0 when there is nothing. */
  readonly maximum: number;
  /** Share of each shown row's attention that lies on hidden special tokens, 0 to 1. */
  readonly hiddenMass: Float32Array;
  /** Mean of {@link hiddenMass}. */
  readonly meanHiddenMass: number;
}

/**
 * Leaves out special tokens, keeps the strongest keys of each row, and renormalises rows to 1, in this order.
 * `specialRows` and `specialColumns` say which positions are special tokens.
 */
export function shapeHead(
  matrix: HeadMatrix,
  specialRows: readonly boolean[],
  specialColumns: readonly boolean[],
  options: ShapeOptions,
): ShapedHead {
  const rows = positions(matrix.queries, specialRows, options.showSpecial);
  const columns = positions(matrix.keys, specialColumns, options.showSpecial);
  const values = new Float32Array(rows.length * columns.length);
  const hiddenMass = new Float32Array(rows.length);
  let maximum = 0;
  let hidden = 0;
  rows.forEach((row, r) => {
    const target = values.subarray(r * columns.length, (r + 1) * columns.length);
    columns.forEach((column, c) => {
      target[c] = matrix.values[row * matrix.keys + column] ?? 0;
    });
    const whole = sum(matrix.values.subarray(row * matrix.keys, (row + 1) * matrix.keys));
    hiddenMass[r] = whole > 0 ? Math.max(0, 1 - sum(target) / whole) : 0;
    hidden += hiddenMass[r] ?? 0;
    keepTopMass(target, options.topMass / 100);
    if (options.renormalise) {
      normalise(target);
    }
    for (const value of target) {
      maximum = Math.max(maximum, value);
    }
  });
  return { rows, columns, values, maximum, hiddenMass, meanHiddenMass: rows.length > 0 ? hidden / rows.length : 0 };
}

function positions(count: number, special: readonly boolean[], showSpecial: boolean): number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  return showSpecial ? all : all.filter((index) => special[index] !== true);
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) {
    total += value;
  }
  return total;
}

/** Sets to 0, in place, all but the fewest strongest entries that together hold `share` (0 to 1) of the row. */
export function keepTopMass(row: Float32Array, share: number): void {
  if (share >= 1) {
    return;
  }
  const order = Array.from(row.keys()).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
  // Sums of single-precision numbers miss a round share by a hair; one more key must not be kept for it.
  const enough = sum(row) * share * (1 - 1e-6);
  let kept = 0;
  for (const index of order) {
    if (kept >= enough) {
      row[index] = 0;
    }
    kept += row[index] ?? 0;
  }
}

function normalise(row: Float32Array): void {
  const total = sum(row);
  if (total > 0) {
    for (let index = 0; index < row.length; index++) {
      row[index] = (row[index] ?? 0) / total;
    }
  }
}

/** Figures of a matrix: mean row entropy in bits, mean |q − k| weighted by attention, share of attention on special keys. */
export interface MatrixFigures {
  readonly entropy: number;
  readonly meanDistance: number;
  readonly specialMass: number;
}

/** The {@link MatrixFigures} of a matrix whose rows need not add up to 1; empty rows do not count. */
export function matrixFigures(matrix: HeadMatrix, special: readonly boolean[]): MatrixFigures {
  let entropy = 0;
  let meanDistance = 0;
  let specialMass = 0;
  let counted = 0;
  for (let q = 0; q < matrix.queries; q++) {
    const row = matrix.values.subarray(q * matrix.keys, (q + 1) * matrix.keys);
    const total = sum(row);
    if (total <= 0) {
      continue;
    }
    counted++;
    row.forEach((value, k) => {
      const share = value / total;
      entropy -= share > 0 ? share * Math.log2(share) : 0;
      meanDistance += share * Math.abs(q - k);
      specialMass += special[k] === true ? share : 0;
    });
  }
  const rows = Math.max(1, counted);
  return { entropy: entropy / rows, meanDistance: meanDistance / rows, specialMass: specialMass / rows };
}

/** Attention by distance: `back[d]` is the mean attention from a query to the key d places before it, `ahead[d]` after it. */
export interface DecayCurve {
  readonly back: Float64Array;
  readonly ahead: Float64Array;
}

/** The {@link DecayCurve} of a shaped matrix; the mean is over the pairs that are that far apart in the text, 0 where there are none. */
export function decayCurve(shaped: ShapedHead): DecayCurve {
  const { rows, columns, values } = shaped;
  const length = Math.max(0, ...rows, ...columns) + 1;
  const back = new Float64Array(length);
  const ahead = new Float64Array(length);
  const backPairs = new Uint32Array(length);
  const aheadPairs = new Uint32Array(length);
  rows.forEach((row, r) => {
    columns.forEach((column, c) => {
      const distance = Math.abs(row - column);
      const value = values[r * columns.length + c] ?? 0;
      if (column <= row) {
        back[distance] = (back[distance] ?? 0) + value;
        backPairs[distance] = (backPairs[distance] ?? 0) + 1;
      }
      if (column >= row) {
        ahead[distance] = (ahead[distance] ?? 0) + value;
        aheadPairs[distance] = (aheadPairs[distance] ?? 0) + 1;
      }
    });
  });
  for (let distance = 0; distance < length; distance++) {
    back[distance] = (back[distance] ?? 0) / Math.max(1, backPairs[distance] ?? 0);
    ahead[distance] = (ahead[distance] ?? 0) / Math.max(1, aheadPairs[distance] ?? 0);
  }
  return { back, ahead };
}

/** The strongest columns of one row, largest first, zeros left out. */
export function strongestColumns(shaped: ShapedHead, row: number, count: number): { column: number; value: number }[] {
  const width = shaped.columns.length;
  return Array.from(shaped.values.subarray(row * width, (row + 1) * width), (value, column) => ({ column, value }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, count);
}
