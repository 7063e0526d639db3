import { describe, expect, it } from "vitest";
import { shrink } from "../../../../src/methods/lime/shrink";
import { SeededRandom } from "../../../../src/methods/maths/random";

const shrunk = (values: readonly number[], variances: readonly number[]): number[] => [
  ...shrink(Float64Array.from(values), Float64Array.from(variances)),
];
const alike = (variance: number, count: number): number[] => new Array<number>(count).fill(variance);

describe("values that are drawn towards their mean", () => {
  const values = [1, 4, -3, 2, 6, -1, 0, -5];

  it("are Lindley's form of the estimate of James and Stein where all are known equally well", () => {
    // The mean is 0.5 and the sum of squares about it 90, of 8: 1 − (8 − 3)·V/90.
    const factor = 1 - (5 * 2) / 90;
    for (const [i, value] of shrunk(values, alike(2, 8)).entries()) {
      expect(value).toBeCloseTo(0.5 + factor * ((values[i] ?? 0) - 0.5), 12);
    }
  });

  it("go nearly all the way where they spread no more than their errors, but none further than its own", () => {
    const moved = shrunk(values, alike(13, 8));
    for (const [i, value] of values.entries()) {
      const way = Math.min(Math.sqrt(13), (5 / 7) * Math.abs(value - 0.5));
      expect(Math.abs((moved[i] ?? 0) - value)).toBeCloseTo(way, 12);
    }
  });

  it("stay where they are known, or where there are few", () => {
    expect(shrunk(values, alike(0, 8))).toEqual(values);
    expect(shrunk(values, [0, ...alike(4, 7)])[0]).toBe(1);
    expect(shrunk([1, 2, 3], alike(1, 3))).toEqual([1, 2, 3]);
  });

  it.each([0, 0.5, 1, 2, 8])(
    "are nearer to the truth on average, which itself varies %d times as much as they err",
    (truth) => {
      const random = SeededRandom.fromSeed(5, 910);
      let [before, after] = [0, 0];
      for (let draw = 0; draw < 200; draw++) {
        const real = Array.from({ length: 40 }, () => 3 + Math.sqrt(truth) * random.normal());
        const seen = real.map((value) => value + random.normal());
        const found = shrunk(seen, alike(1, 40));
        for (const [i, value] of real.entries()) {
          before += ((seen[i] ?? 0) - value) ** 2 / 8000;
          after += ((found[i] ?? 0) - value) ** 2 / 8000;
        }
      }
      expect(before).toBeGreaterThan(0.95);
      // The mean of the posterior would have truth / (truth + 1); not knowing it, and going no further than one error, costs a little.
      expect(after).toBeGreaterThan((0.97 * truth) / (truth + 1));
      expect(after).toBeLessThan(truth / (truth + 1) + 0.2);
      expect(after).toBeLessThan(before);
    },
  );
});
