import { describe, expect, it } from "vitest";
import { SubsetDesign } from "../../../../src/methods/lime/design";
import { folds } from "../../../../src/methods/lime/folds";
import { foreseenVariances } from "../../../../src/methods/lime/foreseen";
import { LimitFit } from "../../../../src/methods/lime/kernel";
import { groupSizes } from "../../../../src/methods/lime/strata";
import type { Surrogate } from "../../../../src/methods/lime/surrogate";
import { type Link, numberLink, probabilityLink } from "../../../../src/methods/link";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Pacer } from "../../../../src/methods/pacer";

const features = 9;
const fit = new LimitFit(features);
const pacer = new Pacer(new AbortController().signal);

function everyFold(constant: number, first = 0): Surrogate[] {
  const single = new Float64Array(features);
  single[0] = first;
  return Array.from({ length: folds }, () => ({ constant, single, pair: null, windows: null, bumps: null }));
}

/** What is foreseen where the surrogate says `value`, less `first` where the first feature is dropped, and rows were off by `error` to both sides. */
async function foreseen(link: Link, value: number, error: number, first = 0, share = 1) {
  const design = new SubsetDesign(features, fit.masses, SeededRandom.fromSeed(1, 2));
  const rows = await design.extend(120, null, pacer);
  const strata = groupSizes(design, fit.masses);
  const random = SeededRandom.fromSeed(1, 3);
  const chains = Array.from({ length: 4000 }, () => {
    const order = Int32Array.from({ length: features }, (_, i) => i);
    random.shuffle(order);
    return order;
  });
  const variances = await foreseenVariances(
    {
      fit,
      design,
      strata,
      link,
      chains,
      surrogates: everyFold(value, -first),
      lines: everyFold(0),
      share,
      values: Float64Array.from([[], ...rows], (row) => value - (row.includes(0) ? first : 0)),
      errors: Float64Array.from([[], ...rows], (_, r) => (-1) ** r * error),
    },
    pacer,
  );
  return { design, strata, variances };
}

/** The variance of every coefficient where each row's residual has the variance `square`: the mean over the features that a row of each size may drop. */
function closedForm({ design, strata }: Awaited<ReturnType<typeof foreseen>>, square: number): number {
  const { even } = design.planned();
  let sum = 0;
  for (let size = 1; size <= features; size++) {
    const { rows, available } = strata.list[strata.ofSize[size] ?? 0] ?? { rows: 0, available: 1 };
    const { kept, dropped } = fit.influence(size);
    const influence = (size * dropped ** 2 + (features - size) * kept ** 2) / features;
    sum += ((1 - rows / available) * ((fit.masses[size] ?? 0) ** 2 * square * influence)) / (even[size] ?? 1);
  }
  return sum;
}

describe("foreseen variances", () => {
  it.each([
    [1, 0.49],
    [0, 0.49 + 4],
    [0.5, 0.49 + 1],
  ])("are those of residuals that are alike everywhere, with the share %d of the curve", async (share, square) => {
    const found = await foreseen(numberLink, 2, 0.7, 0, share);
    const expected = closedForm(found, square);
    for (const variance of found.variances) {
      expect(variance / expected).toBeGreaterThan(0.97);
      expect(variance / expected).toBeLessThan(1.03);
    }
  });

  it("carry an error in log-odds to the probability", async () => {
    const steep = await foreseen(probabilityLink, 0, 0.1);
    expect((steep.variances[4] ?? 0) / closedForm(steep, 0.025 ** 2)).toBeCloseTo(1, 1);
    const flat = await foreseen(probabilityLink, -9, 0.1);
    expect((flat.variances[4] ?? 0) / closedForm(flat, (0.1 * Math.exp(-9)) ** 2)).toBeCloseTo(1, 1);
  });

  it("know on which masks the probability can move", async () => {
    const movable = await foreseen(probabilityLink, 0, 0.5);
    const square = (movable.variances[0] ?? 0) / closedForm(movable, 1);
    const { design, strata, variances } = await foreseen(probabilityLink, 0, 0.5, 20);
    // Only where the first feature is kept.
    const { even } = design.planned();
    let expected = 0;
    for (let size = 1; size < features; size++) {
      const { rows, available } = strata.list[strata.ofSize[size] ?? 0] ?? { rows: 0, available: 1 };
      const chance = (features - size) / features;
      const influence = chance * fit.influence(size).kept ** 2;
      expected += ((1 - rows / available) * ((fit.masses[size] ?? 0) ** 2 * square * influence)) / (even[size] ?? 1);
    }
    expect((variances[0] ?? 0) / expected).toBeCloseTo(1, 1);
    expect(variances[1]).toBeGreaterThan(1.5 * (variances[0] ?? 0));
  });

  it("are none where no row was off", async () => {
    const { variances } = await foreseen(probabilityLink, 0, 0);
    expect([...variances]).toEqual(new Array(features).fill(0));
  });
});
