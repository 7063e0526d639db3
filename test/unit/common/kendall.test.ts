import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kendallTau } from "../../../src/common/kendall";

const { correlations }: { correlations: { a: number[]; b: number[]; tau: number; p: number }[] } = JSON.parse(
  readFileSync(new URL("../../golden/measures/cases.json", import.meta.url), "utf8"),
);

describe("Kendall's τ-b", () => {
  it("is the one of the contract's vectors", () => {
    expect(kendallTau([1, 2, 3, 4, 5], [1, 3, 2, 4, 4])?.tau).toBeCloseTo(0.737865, 6);
    expect(kendallTau([0.1, 0.4, 0.2, 0.3], [0.2, 0.3, 0.3, 0.1])?.tau).toBeCloseTo(0.182574, 6);
  });

  it.each(correlations.map((one, at) => [at, one] as const))(
    "and its p are scipy's, case %s",
    (_, { a, b, tau, p }) => {
      const found = kendallTau(a, b);
      expect(found?.tau).toBeCloseTo(tau, 12);
      expect(Math.abs((found?.p ?? 9) - p) / p).toBeLessThan(1e-9);
    },
  );

  it("cannot be told of lists without two different values", () => {
    expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(kendallTau([1], [1])).toBeNull();
    expect(kendallTau([], [])).toBeNull();
  });
});
