import { describe, expect, it } from "vitest";
import { type Assisted, mixEstimates } from "../../../../src/methods/lime/mix";

const nothing = new Float64Array(1);

/** An estimate whose residuals are all there is to it: their squares are its variances, their sum its coefficient. */
function assisted(base: number, ...residuals: number[]): Assisted {
  return {
    base: { coefficients: Float64Array.of(base), variances: nothing, mean: 0 },
    residuals: Float64Array.from(residuals),
  };
}

function fitRest(residuals: Float64Array) {
  return {
    coefficients: Float64Array.of(residuals.reduce((sum, value) => sum + value, 0)),
    variances: Float64Array.of(residuals.reduce((sum, value) => sum + value * value, 0)),
    mean: 0,
  };
}

describe("the mixture of two estimates", () => {
  it("is the one of least variance, which is under both", () => {
    // |s·(3, 0) + (1 − s)·(0, 1)|² is least at s = 1/10.
    const mixed = mixEstimates(assisted(10, 3, 0), assisted(20, 0, 1), fitRest);
    expect(mixed.variances[0]).toBeCloseTo(0.9, 12);
    expect(mixed.coefficients[0]).toBeCloseTo(0.1 * 13 + 0.9 * 21, 12);
  });

  it.each([
    [assisted(1, 1, 1), assisted(2, 5, 5), 1, 3],
    [assisted(1, 5, 5), assisted(2, 1, 1), 0, 4],
    [assisted(1, 2, 2), assisted(1, 2, 2), 0, 5],
  ])("never takes more than the whole of one", (left, right, share, coefficient) => {
    const mixed = mixEstimates(left, right, fitRest);
    expect(mixed.variances).toEqual(fitRest((share === 1 ? left : right).residuals).variances);
    expect(mixed.coefficients[0]).toBeCloseTo(coefficient, 12);
  });
});
