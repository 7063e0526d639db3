import { describe, expect, it } from "vitest";
import { SubsetDesign } from "../../../../src/methods/lime/design";
import { kernelWeight, LimitFit, sizeMasses } from "../../../../src/methods/lime/kernel";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Pacer } from "../../../../src/methods/pacer";

describe("kernelWeight", () => {
  it("has the published values by share kept", () => {
    const published = [
      0.000335, 0.023746, 0.086762, 0.194672, 0.339354, 0.50344, 0.666008, 0.807801, 0.914695, 0.979153, 1,
    ];
    for (const [tenth, weight] of published.entries()) {
      expect(kernelWeight(tenth / 10)).toBeCloseTo(weight, 6);
    }
  });
});

describe("LimitFit", () => {
  it("knows the covariance of the features: linear targets are found exactly from their moments", () => {
    const n = 9;
    const fit = new LimitFit(n);
    const effects = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
    const dropped = new Float64Array(n);
    let sized = 0;
    let mean = 0;
    for (let code = 1; code < 2 ** n; code++) {
      let size = 0;
      let value = 0.3;
      for (let i = 0; i < n; i++) {
        size += (code >>> i) & 1;
        value += (code >>> i) & 1 ? 0 : (effects[i] ?? 0);
      }
      let subsets = 1;
      for (let i = 0; i < size; i++) {
        subsets = (subsets * (n - i)) / (i + 1);
      }
      const weighted = ((fit.masses[size] ?? 0) / subsets) * value;
      mean += weighted;
      sized += weighted * size;
      for (let i = 0; i < n; i++) {
        dropped[i] = (dropped[i] ?? 0) + ((code >>> i) & 1 ? weighted : 0);
      }
    }
    const found = new Float64Array(n);
    fit.coefficients(dropped, sized, mean, found);
    for (const [i, effect] of effects.entries()) {
      expect(found[i]).toBeCloseTo(effect, 10);
    }
    expect(fit.intercept(mean, found)).toBeCloseTo(0.3, 10);
  });
});

const quiet = (): Pacer => new Pacer(new AbortController().signal);

async function draw(
  features: number,
  total: number,
  seed = 1,
): Promise<{ design: SubsetDesign; rows: (readonly number[])[] }> {
  const design = new SubsetDesign(features, sizeMasses(features), SeededRandom.fromSeed(seed));
  const rows: (readonly number[])[] = [];
  for (const part of [0.1, 0.3, 0.6, 1]) {
    rows.push(...(await design.extend(Math.round(total * part), null, quiet())));
  }
  return { design, rows };
}

describe("SubsetDesign", () => {
  it("never repeats a subset, and drops between 1 and n features", async () => {
    for (const [features, total] of [
      [3, 6],
      [8, 240],
      [10, 900],
      [14, 1000],
      [40, 1500],
    ] as const) {
      const { rows } = await draw(features, total);
      expect(rows.length).toBeGreaterThan(total * 0.98);
      expect(new Set(rows.map((row) => row.join())).size).toBe(rows.length);
      for (const row of rows) {
        expect(row.length).toBeGreaterThan(0);
        expect([...new Set(row)].sort((i, j) => i - j)).toEqual(row);
        expect(row.at(-1)).toBeLessThan(features);
      }
    }
  });

  it("gives sizes rows in proportion to the kernel weight to the power 0.75", async () => {
    const n = 30;
    const { design } = await draw(n, 2000);
    const powers = Array.from({ length: n + 1 }, (_, size) => (size ? kernelWeight(1 - size / n) ** 0.75 : 0));
    expect(design.counts[1]).toBe(n);
    const sampled = [4, 8, 12, 16, 20, 24];
    const ratios = sampled.map((size) => (design.counts[size] ?? 0) / (powers[size] ?? 1));
    for (const ratio of ratios) {
      expect(ratio / (ratios[0] ?? 1)).toBeGreaterThan(0.95);
      expect(ratio / (ratios[0] ?? 1)).toBeLessThan(1.05);
    }
  });

  it("drops every feature equally often within a size", async () => {
    const n = 20;
    const { design, rows } = await draw(n, 1200);
    for (const size of [3, 7, 10, 13]) {
      const counts = new Array<number>(n).fill(0);
      for (const feature of rows.filter((row) => row.length === size).flat()) {
        counts[feature] = (counts[feature] ?? 0) + 1;
      }
      const expected = ((design.counts[size] ?? 0) * size) / n;
      expect(Math.max(...counts) - expected).toBeLessThanOrEqual(2.5);
      expect(expected - Math.min(...counts)).toBeLessThanOrEqual(2.5);
    }
  });

  it("draws each subset of a size with the same chance", async () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      for (const row of (await draw(5, 12, seed)).rows) {
        if (row.length === 2) {
          counts.set(row.join(), (counts.get(row.join()) ?? 0) + 1);
        }
      }
    }
    const mean = [...counts.values()].reduce((sum, count) => sum + count, 0) / 10;
    expect(counts.size).toBe(10);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
    expect(chiSquare).toBeLessThan(27.9);
  });

  it("copes with 2,000 features, where most sizes get no row", async () => {
    const { rows } = await draw(2000, 500);
    expect(rows.length).toBeGreaterThan(490);
    const sizes = rows.map((row) => row.length).sort((a, b) => a - b);
    expect(sizes[0]).toBeLessThan(100);
    expect(sizes.at(-1)).toBeGreaterThan(1500);
  });

  it("draws rows in proportion to how much a guide wants them, and records it", async () => {
    const n = 16;
    const wanted = (dropped: readonly number[]): number => (dropped.includes(0) ? 1 : 0.25);
    const means = new Float64Array((n + 1) * 4);
    for (let size = 1; size <= n; size++) {
      means.fill((size / n) * 1 + (1 - size / n) * 0.25, size * 4, size * 4 + 4);
    }
    const shares = Float64Array.from({ length: n + 1 }, (_, size) => (size === 8 ? 1 : 0));
    let [with0, weight0, weight] = [0, 0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const design = new SubsetDesign(n, sizeMasses(n), SeededRandom.fromSeed(seed));
      await design.extend(60, null, quiet());
      const rows = await design.extend(200, { shares, wanted, means }, quiet());
      expect(rows.every((row) => row.length === 8)).toBe(true);
      with0 += rows.filter((row) => row.includes(0)).length / rows.length / 60;
      for (const [r, row] of rows.entries()) {
        const share = 1 / (design.intensities[60 + r] ?? 0);
        weight += share;
        weight0 += row.includes(0) ? share : 0;
      }
    }
    // Half of the rows of this size drop feature 0; a guide that wants these four times as much makes them four fifths.
    expect(with0).toBeGreaterThan(0.78);
    expect(with0).toBeLessThan(0.82);
    expect(weight0 / weight).toBeGreaterThan(0.46);
    expect(weight0 / weight).toBeLessThan(0.54);
  });
});
