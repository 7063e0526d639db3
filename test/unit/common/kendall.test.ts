import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kendallTau } from "../../../src/common/kendall";
import { SeededRandom } from "../../../src/methods/maths/random";

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

  it("counts every pair of long lists with ties, as looking at each would", () => {
    const draw = SeededRandom.fromSeed(7, 1);
    for (const [length, values] of [
      [50, 3],
      [257, 20],
      [400, 1e9],
    ] as const) {
      const list = () => Array.from({ length }, () => Math.floor(draw.uniform() * values));
      const [a, b] = [list(), list()];
      let difference = 0;
      let [untiedA, untiedB] = [0, 0];
      for (let i = 0; i < length; i++) {
        for (let j = 0; j < i; j++) {
          const [inA, inB] = [Math.sign((a[i] ?? 0) - (a[j] ?? 0)), Math.sign((b[i] ?? 0) - (b[j] ?? 0))];
          difference += inA * inB;
          untiedA += Math.abs(inA);
          untiedB += Math.abs(inB);
        }
      }
      expect(kendallTau(a, b)?.tau).toBeCloseTo(difference / Math.sqrt(untiedA * untiedB), 12);
    }
  });

  it("looks at each value of long lists no more than n log n times", () => {
    const length = 1 << 14;
    let looks = 0;
    const counted = (of: (at: number) => number) =>
      new Proxy(
        { length },
        {
          get: (target, key) => {
            if (typeof key === "symbol") {
              return undefined;
            }
            looks++;
            return key === "length" ? target.length : of(Number(key));
          },
        },
      ) as ArrayLike<number>;
    kendallTau(
      counted((at) => (at * 7919) % length),
      counted((at) => (at * 104_729) % 977),
    );
    expect(looks).toBeLessThan(10 * length * Math.log2(length));
  });

  it("cannot be told of lists without two different values", () => {
    expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(kendallTau([1], [1])).toBeNull();
    expect(kendallTau([], [])).toBeNull();
  });
});
