import { describe, expect, it } from "vitest";
import { LimitFit } from "../../../../src/methods/lime/kernel";

describe("the leverage of a row", () => {
  it.each([2, 9, 60])("is one more than the features on average, n = %i", (features) => {
    const fit = new LimitFit(features);
    const mean = fit.masses.reduce((sum, mass, size) => sum + mass * fit.leverage(size), 0);
    expect(mean).toBeCloseTo(features + 1, 9);
  });
});
