import { describe, expect, it } from "vitest";
import { balanceOf } from "../../../src/methods/balance";

describe("what scores should add up to", () => {
  it("is missed by a share of the change", () => {
    expect(balanceOf(Float64Array.of(1, 2), 0.5, 4.5)).toEqual({ baseValue: 0.5, fullValue: 4.5, gap: 0.25 });
  });

  it("is met up to rounding where nothing changes", () => {
    expect(balanceOf(Float64Array.of(1e-7, -2e-7), 2, 2).gap).toBe(0);
  });

  it("is missed by a finite share though the target is 0 at both ends", () => {
    expect(Number.isFinite(balanceOf(Float64Array.of(0.5), 0, 0).gap)).toBe(true);
  });
});
