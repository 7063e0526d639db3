import { describe, expect, it } from "vitest";
import { SubsetDesign } from "../../../../src/methods/lime/design";
import { EvaluatedRows } from "../../../../src/methods/lime/estimate";
import { folds } from "../../../../src/methods/lime/folds";
import { designGuide } from "../../../../src/methods/lime/guide";
import { LimitFit } from "../../../../src/methods/lime/kernel";
import { probabilityLink } from "../../../../src/methods/link";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Pacer } from "../../../../src/methods/pacer";

const n = 10;

/** A guide from surrogates whose log-odds fall by `slope` with each feature dropped, and residuals that are `error(size)`, of alternating sign. */
async function guideOf(slope: number, start: number, error: (size: number) => number) {
  const pacer = new Pacer(new AbortController().signal);
  const fit = new LimitFit(n);
  const design = new SubsetDesign(n, fit.masses, SeededRandom.fromSeed(1));
  const rows = new EvaluatedRows(n, probabilityLink);
  const drawn = [[], ...(await design.extend(200, null, pacer))];
  for (const dropped of drawn) {
    rows.add(dropped, start - slope * dropped.length);
  }
  const surrogates = Array.from({ length: folds }, () => ({
    constant: start,
    single: new Float64Array(n).fill(-slope),
    pair: null,
    windows: null,
    bumps: null,
  }));
  const residuals = Float64Array.from(drawn, (dropped, r) => (r % 2 ? 1 : -1) * error(dropped.length));
  return await designGuide(rows, design, { surrogates, residuals }, fit, SeededRandom.fromSeed(2), pacer);
}

describe("designGuide", () => {
  it("wants rows where the surrogate's probability moves, and knows how much each size is wanted on average", async () => {
    const guide = await guideOf(2, 8, () => 0.1);
    const wanted = Array.from({ length: n + 1 }, (_, size) => guide.wanted([...Array(size).keys()], 1));
    for (let size = 1; size <= n; size++) {
      const probability = 1 / (1 + Math.exp(2 * size - 8));
      expect(wanted[size]).toBeCloseTo(0.15 + 0.85 * 4 * probability * (1 - probability), 10);
      expect(guide.means[size * folds + 1]).toBeCloseTo(wanted[size] ?? 0, 10);
    }
    expect(wanted.indexOf(Math.max(...wanted))).toBe(4);
  });

  it("gives sizes with larger errors more rows, and none nothing", async () => {
    const even = await guideOf(0, 0, () => 0.1);
    const uneven = await guideOf(0, 0, (size) => (size <= 4 ? 0.3 : 0.05));
    const ratio = (shares: Float64Array): number => (shares[2] ?? 0) / (shares[7] ?? 1);
    expect(ratio(uneven.shares)).toBeGreaterThan(2 * ratio(even.shares));
    expect(Math.min(...uneven.shares.slice(1))).toBeGreaterThan(0);
    expect(uneven.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    const silent = await guideOf(0, 0, () => 0);
    expect(silent.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
  });
});
