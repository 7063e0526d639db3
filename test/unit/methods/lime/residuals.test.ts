import { describe, expect, it } from "vitest";
import { LimitFit } from "../../../../src/methods/lime/kernel";
import { widening } from "../../../../src/methods/lime/residuals";

describe("the widening of standard errors", () => {
  const fit = new LimitFit(6);
  /** Rows that drop the first three features, so many of them with a residual. */
  const widerBy = (rows: number, withResidual: number, available: number): number => {
    const dropped = [[], ...Array.from({ length: rows }, () => [0, 1, 2])];
    const strata = { ofSize: new Int32Array(7), list: [{ mass: 1, rows, available }], masses: fit.masses };
    const residuals = Float64Array.from(dropped, (_, r) => (r > 0 && r <= withResidual ? (-1) ** r : 0));
    return widening(dropped, strata, new Float64Array(rows + 1).fill(1 / rows), residuals, fit)[0] ?? Number.NaN;
  };

  // Quantiles of Student's distribution at 0.975 from a table, over that of the normal.
  it.each([
    [1, 4.303 / 1.96],
    [3, 2.447 / 1.96],
    [10, 2.086 / 1.96],
    [60, 1.98 / 1.96],
  ])("is that of Student's distribution with two degrees of freedom a row that counts: %i", (rows, wider) => {
    expect(Math.abs(widerBy(60, rows, 1000) / wider - 1)).toBeLessThan(rows < 3 ? 0.04 : 0.005);
  });

  it("is none where nothing is left over or all there is was drawn", () => {
    expect(widerBy(60, 0, 1000)).toBe(1);
    expect(widerBy(60, 1, 60)).toBe(1);
  });
});
