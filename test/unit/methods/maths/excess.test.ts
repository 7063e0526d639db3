import { describe, expect, it } from "vitest";
import { excessOf } from "../../../../src/methods/maths/excess";

/** The points that a normal variable is further off than with these chances, both sides together. */
const points = [
  { values: 1, chance: 0.01, point: 2.5758 },
  { values: 10, chance: 0.001, point: 3.2905 },
  { values: 100, chance: 0.0001, point: 3.8906 },
];

describe("by what factor errors are too large", () => {
  it.each(points)("lets 1 % of $values normal values be off by more, all together", ({ values, point }) => {
    const errors = new Float64Array(values).fill(0.3);
    expect(excessOf(errors, 0.3 * point * 0.97)).toBeGreaterThan(1.01);
    expect(excessOf(errors, 0.3 * point * 1.03)).toBe(1);
    expect(excessOf(errors, 0.3 * point * 0.25)).toBeCloseTo(4, 0);
  });

  it("counts values without an error as known, and errors that are no numbers as never small enough", () => {
    expect(excessOf(Float64Array.of(0, 0), 1e-6)).toBe(1);
    expect(excessOf(Float64Array.of(0, 1), 2.65)).toBe(1);
    expect(excessOf(Float64Array.of(0, Number.POSITIVE_INFINITY), 10)).toBeGreaterThan(1e5);
    expect(excessOf(Float64Array.of(Number.NaN), 10)).toBeGreaterThan(1e5);
  });
});
