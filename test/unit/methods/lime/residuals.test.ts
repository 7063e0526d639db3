import { describe, expect, it } from "vitest";
import { LimitFit } from "../../../../src/methods/lime/kernel";
import { freedomOf } from "../../../../src/methods/lime/residuals";

describe("the degrees of freedom of a variance", () => {
  const fit = new LimitFit(6);
  /** Of rows that drop the first three features, so many of them with a residual. */
  const freedom = (rows: number, withResidual: number, available: number): number => {
    const dropped = [[], ...Array.from({ length: rows }, () => [0, 1, 2])];
    const strata = { ofSize: new Int32Array(7), list: [{ mass: 1, rows, available }], masses: fit.masses };
    const residuals = Float64Array.from(dropped, (_, r) => (r > 0 && r <= withResidual ? (-1) ** r : 0));
    return freedomOf(dropped, strata, new Float64Array(rows + 1).fill(1 / rows), residuals, fit)[0] ?? Number.NaN;
  };

  it.each([1, 3, 10, 60])("are two for each row that counts: %i", (rows) => {
    expect(freedom(60, rows, 1000)).toBeCloseTo(2 * rows, 9);
  });

  it("are none where nothing is left over or all there is was drawn", () => {
    expect(freedom(60, 0, 1000)).toBe(0);
    expect(freedom(60, 1, 60)).toBe(0);
  });
});
