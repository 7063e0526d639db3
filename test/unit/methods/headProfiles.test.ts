import { describe, expect, it } from "vitest";
import { distanceSteps, headProfiles, weightSteps } from "../../../src/methods/headProfiles";

describe("profiles of heads", () => {
  it("have attention by distance in steps of powers of two, and by the size of its weights", () => {
    const values = Float32Array.of(0.5, 0.25, 0.25, 0, 0.005, 0.995, 0.0625, 0.9375, 0, 1, 0, 0, 0, 0, 0.0625, 0.9375);
    const [found] = headProfiles({ heads: 1, queries: 4, keys: 4, values }, 3, [true, false, false, false]);
    expect(distanceSteps(4)).toEqual([0, 1, 2]);
    expect(distanceSteps(5)).toEqual([0, 1, 2, 4]);
    const rows = [
      [0.5, 0.25, 0.25, 0],
      [0.005, 0.995, 0.0625, 0.9375],
      [0, 1, 0, 0],
      [0, 0, 0.0625, 0.9375],
    ];
    const share = (wanted: (distance: number, weight: number) => boolean) =>
      rows.flatMap((row, q) => row.filter((weight, k) => wanted(Math.abs(q - k), weight))).reduce((a, b) => a + b, 0) /
      4;
    expect(found?.layer).toBe(3);
    expect(found?.byDistance).toHaveLength(3);
    for (const [at, one] of [
      share((distance) => distance === 0),
      share((distance) => distance === 1),
      share((distance) => distance > 1),
    ].entries()) {
      expect(found?.byDistance[at]).toBeCloseTo(one, 6);
    }
    for (const [at, from] of weightSteps.entries()) {
      const next = weightSteps[at + 1] ?? Number.POSITIVE_INFINITY;
      expect(found?.byWeight[at]).toBeCloseTo(
        share((_, weight) => weight >= from && weight < next),
        6,
      );
    }
    expect(found?.specialMass).toBeCloseTo((0.5 + 0.005) / 4, 6);
  });
});
