import { describe, expect, it } from "vitest";
import { byteSums, byteValues, dropBytes } from "../../../../src/methods/lime/dropBytes";
import {
  WindowWalk,
  windowByteSums,
  windowBytes,
  windowCovariance,
  windowPatterns,
  windowTables,
} from "../../../../src/methods/lime/neighbours";

const stretch = Float64Array.of(0.5, 1.5, 1, 2, 0.25, 0.75);
const prior = { height: 3, fall: 0.6, distance: 1.5 };

/** The covariance of two rows as the formula says it, feature by feature. */
function covarianceOf(left: readonly number[], right: readonly number[]): number {
  const features = stretch.length;
  let sum = 0;
  for (let i = 0; i < features; i++) {
    let distance = 0;
    for (let j = Math.max(0, i - 2); j <= Math.min(features - 1, i + 2); j++) {
      const differs = left.includes(j) !== right.includes(j);
      distance += differs ? (stretch[j] ?? 0) * Math.exp(-Math.abs(i - j) / prior.distance) : 0;
    }
    sum += ((prior.height * (stretch[i] ?? 0)) / features) * Math.exp(-prior.fall * distance);
  }
  return sum;
}

describe("windows of neighbouring features", () => {
  const rows = [[], [0], [1, 2], [0, 1, 2, 3, 4, 5], [3, 5], [2, 4]];
  const patterns = rows.map((row) => windowPatterns(row, stretch.length));
  const covariance = windowCovariance(stretch, prior);

  it("gives rows the covariance of its formula", () => {
    for (const [r, left] of rows.entries()) {
      for (const [t, right] of rows.entries()) {
        const value = patterns[r]?.reduce(
          (sum, pattern, i) => sum + (covariance[i * 32 + (pattern ^ (patterns[t]?.[i] ?? 0))] ?? 0),
          0,
        );
        expect(value).toBeCloseTo(covarianceOf(left, right), 12);
      }
    }
  });

  it("sums covariances with weighted rows along a path, there and back and again from the start", () => {
    const weights = Float64Array.of(0.3, -1, 0.7, 2, -0.4, 0.1);
    const walk = new WindowWalk(windowTables(covariance, patterns, weights));
    const expected = (dropped: readonly number[]): number =>
      rows.reduce((sum, row, r) => sum + (weights[r] ?? 0) * covarianceOf(dropped, row), 0);
    expect(walk.value).toBeCloseTo(expected([]), 12);
    const dropped: number[] = [];
    for (const feature of [3, 0, 5, 4]) {
      walk.change(feature);
      dropped.push(feature);
      expect(walk.value).toBeCloseTo(expected(dropped), 12);
    }
    walk.change(0);
    expect(walk.value).toBeCloseTo(expected([3, 5, 4]), 12);
    walk.restart();
    expect(walk.value).toBeCloseTo(expected([]), 12);
  });
});

describe("bytes", () => {
  const features = 13;
  const rows = [[], [0], [12], [3, 4, 7, 8], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 5, 6, 11]];
  const values = Float64Array.from({ length: features }, (_, i) => 1 + i * i);

  it("hold what rows drop, so that sums over what two have in common are looked up", () => {
    const bytes = dropBytes(rows, features);
    const sums = byteSums(values);
    for (const [p, left] of rows.entries()) {
      for (const [q, right] of rows.entries()) {
        const found = [0, 1].reduce(
          (sum, i) => sum + (sums[i * byteValues + ((bytes[2 * p + i] ?? 0) & (bytes[2 * q + i] ?? 0))] ?? 0),
          0,
        );
        const common = left.filter((i) => right.includes(i));
        expect(found).toBe(common.reduce((sum, i) => sum + (values[i] ?? 0), 0));
      }
    }
  });

  it("hold windows, so that the covariance of two rows is looked up", () => {
    const table = windowCovariance(values, { height: 4, fall: 0.01, distance: 1.5 });
    const bytes = windowBytes(rows, features);
    const sums = windowByteSums(table);
    const width = sums.length / byteValues;
    const patterns = rows.map((row) => windowPatterns(row, features));
    for (const [p, left] of patterns.entries()) {
      for (const [q, right] of patterns.entries()) {
        let found = 0;
        for (let i = 0; i < width; i++) {
          found += sums[i * byteValues + ((bytes[p * width + i] ?? 0) ^ (bytes[q * width + i] ?? 0))] ?? 0;
        }
        const direct = left.reduce((sum, own, i) => sum + (table[i * 32 + (own ^ (right[i] ?? 0))] ?? 0), 0);
        expect(found).toBeCloseTo(direct, 12);
      }
    }
  });
});
