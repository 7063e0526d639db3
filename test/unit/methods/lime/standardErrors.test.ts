import { describe, expect, it } from "vitest";
import { standardErrors } from "../../../../src/methods/lime/standardErrors";

function standardError(sampled: number, freedom: number, foreseen: number, drawn: number): number {
  const [error = Number.NaN] = standardErrors({
    sampled: Float64Array.of(sampled),
    freedom: Float64Array.of(freedom),
    foreseen: Float64Array.of(foreseen),
    drawn: Float64Array.of(drawn),
  });
  return error;
}

describe("standard errors", () => {
  // Quantiles of Student's distribution at 0.975 from a table, over that of the normal.
  it.each([
    [2, 4.303 / 1.96],
    [6, 2.447 / 1.96],
    [20, 2.086 / 1.96],
    [120, 1.98 / 1.96],
  ])("are those of Student's distribution, with %i degrees of freedom", (freedom, wider) => {
    expect(Math.abs(standardError(0.25, freedom, 0, 0) / 0.5 / wider - 1)).toBeLessThan(freedom < 6 ? 0.04 : 0.005);
  });

  it("go by what was foreseen where few rows count, and by the rows where many do", () => {
    const student = 1 + (1.21 + 1.44 / 72) / 72;
    expect(standardError(1, 64, 9, 0) / student).toBeCloseTo(Math.sqrt(5), 3);
    expect(standardError(1, 2, 9, 0)).toBeGreaterThan(2.9);
    expect(standardError(1, 10_000, 9, 0)).toBeLessThan(1.03);
  });

  it("are never under what the rows say", () => {
    expect(standardError(4, 20, 1, 0)).toBe(standardError(4, 20, 0, 0));
  });

  it("have the population's part in them, and are 0 where nothing varies", () => {
    expect(standardError(0, 0, 0, 0.25)).toBe(0.5);
    expect(standardError(0, 0, 0, 0)).toBe(0);
    expect(standardError(0, 0, 0.25, 0)).toBeGreaterThan(0.5);
  });
});
