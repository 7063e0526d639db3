import { describe, expect, it } from "vitest";
import { median } from "../../../src/common/moments";
import { type ChangedQuestion, changedAttention } from "../../../src/methods/changedAttention";
import { jensenShannon } from "../../../src/methods/maths/jensenShannon";
import { SeededRandom } from "../../../src/methods/maths/random";
import { insideTarget } from "./insideTarget";

const [layers, heads, tokens] = [2, 2, 6];
const content = [1, 2, 3, 4];

/** Maps of a model that reads from left to right, or in both directions: every row adds up to 1. */
function mapsOf(isCausal: boolean) {
  const random = SeededRandom.fromSeed(3);
  return Array.from({ length: layers }, () => {
    const values = new Float32Array(heads * tokens * tokens);
    for (let row = 0; row < heads * tokens; row++) {
      const seen = isCausal ? (row % tokens) + 1 : tokens;
      const weights = Array.from({ length: seen }, () => 0.1 + random.uniform());
      const sum = weights.reduce((all, weight) => all + weight, 0);
      values.set(
        weights.map((weight) => weight / sum),
        row * tokens,
      );
    }
    return { heads, queries: tokens, keys: tokens, values };
  });
}

/** Runs the changes on a model whose probability is made of the row `query` of the last layer, and remembers every map that it was given. */
async function changesOf(
  weighs: readonly number[],
  { isCausal = false, ...more }: Partial<ChangedQuestion> & { readonly isCausal?: boolean } = {},
) {
  const maps = mapsOf(isCausal);
  const query = isCausal ? 3 : 0;
  const given: (readonly Float32Array[])[] = [];
  const withMaps = async (changed: readonly Float32Array[]) => {
    given.push(changed.map((values) => values.slice()));
    const last = changed.at(-1) ?? new Float32Array();
    let sum = 0;
    for (let head = 0; head < heads; head++) {
      for (const [key, weight] of weighs.entries()) {
        sum += weight * (last[(head * tokens + query) * tokens + key] ?? 0);
      }
    }
    return Float32Array.of(sum / heads);
  };
  const probability = (outputs: ArrayLike<number>) => 0.5 + (outputs[0] ?? 0);
  const signal = new AbortController().signal;
  const question = { query: [query], content, probability, seed: 1, signal, ...more };
  const found = await changedAttention(insideTarget({ tokens, maps: async () => maps, withMaps }), question);
  return { found, given, maps, query };
}

describe("other attention", () => {
  it("starts from the model's own, and keeps rows' sums, special tokens and what is out of sight", async () => {
    for (const isCausal of [false, true]) {
      const { found, given, maps, query } = await changesOf([0, 1, 2, 3, 4, 5], { isCausal });
      expect(given).toHaveLength(found.evaluations);
      expect(given[0]).toEqual(maps.map(({ values }) => values));
      const changed = given.slice(1);
      // In turn the last layer alone and all layers, then the last layer alone.
      expect(changed.slice(0, 40).every(([first], at) => at % 2 === 1 || sameList(first, given[0]?.[0]))).toBe(true);
      expect(changed.slice(0, 40).some(([first]) => !sameList(first, given[0]?.[0]))).toBe(true);
      expect(changed.slice(40).every(([first]) => sameList(first, given[0]?.[0]))).toBe(true);
      for (const [layer, { values }] of maps.entries()) {
        for (const one of changed) {
          for (let row = 0; row < heads * tokens; row++) {
            const [own, other] = [values, one[layer] ?? values].map((map) =>
              Array.from(map.subarray(row * tokens, (row + 1) * tokens)),
            );
            if (row % tokens !== query) {
              expect(other).toEqual(own);
            }
            expect([other?.[0], other?.[5]]).toEqual([own?.[0], own?.[5]]);
            expect(other?.every((weight, key) => weight === 0 || own?.[key] !== 0)).toBe(true);
            expect(other?.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
          }
        }
      }
      const shuffled = changed[0]?.at(-1)?.subarray(query * tokens, (query + 1) * tokens) ?? [];
      const own = maps.at(-1)?.values.subarray(query * tokens, (query + 1) * tokens) ?? [];
      expect([...shuffled].sort()).toEqual([...own].sort());
    }
  });

  it("moves nothing where the words' weights do not matter, and is then as different as one token alone", async () => {
    const { found } = await changesOf([1, 2, 2, 2, 2, 3]);
    expect(found.shuffledLast).toBeLessThan(1e-6);
    expect(found.divergence).toBeGreaterThan(0.2);
    expect(found.divergence).toBeLessThan(Math.log(2));
  });

  it("moves the prediction by the median over the shuffles, and the search keeps it", async () => {
    const weighs = [0, 0, 0, 1, 2, 0];
    const { found, given } = await changesOf(weighs);
    const readAt = (changed: readonly Float32Array[] | undefined) =>
      [0, 1].reduce(
        (sum, head) =>
          sum +
          weighs.reduce(
            (all, weight, key) => all + weight * (changed?.at(-1)?.[head * tokens * tokens + key] ?? 0),
            0,
          ) /
            2,
        0,
      );
    const own = readAt(given[0]);
    const sizes = given.map((changed) => Math.abs(readAt(changed) - own));
    const ofShuffles = (first: number) => sizes.slice(1, 41).filter((_, at) => at % 2 === first);
    expect(found.shuffledLast).toBeCloseTo(median(ofShuffles(0)), 6);
    expect(found.shuffledAll).toBeCloseTo(median(ofShuffles(1)), 6);
    expect(found.shuffledLast).toBeGreaterThan(0.02);
    expect(found.movedByOther).toBeLessThanOrEqual(0.01);
    expect(found.divergence).toBeGreaterThan(0);
    expect(found.evaluations).toBeLessThanOrEqual(101);
  });

  it("is the same for the same seed", async () => {
    const { found } = await changesOf([0, 0, 0, 1, 2, 0]);
    expect((await changesOf([0, 0, 0, 1, 2, 0])).found).toEqual(found);
    expect((await changesOf([0, 0, 0, 1, 2, 0], { seed: 2 })).found).not.toEqual(found);
  });

  it("is refused where nothing can be exchanged", async () => {
    await expect(changesOf([1], { content: [2] })).rejects.toMatchObject({ reason: "method-unavailable" });
    await expect(changesOf([1], { content: [] })).rejects.toMatchObject({ reason: "method-unavailable" });
  });

  it("changes the rows of all tokens where the mean of all is read", async () => {
    const { given } = await changesOf([0, 0, 0, 1, 2, 0], { query: [0, 1, 2, 3, 4, 5] });
    const [own, other] = [given[0]?.at(-1), given[1]?.at(-1)];
    for (let row = 0; row < tokens; row++) {
      const of = (map: Float32Array | undefined) => map?.subarray(row * tokens, (row + 1) * tokens);
      expect([...(of(other) ?? [])].sort()).toEqual([...(of(own) ?? [])].sort());
    }
    expect(sameList(own, other)).toBe(false);
  });
});

describe("the Jensen–Shannon divergence", () => {
  it("has the values of scipy (its distance squared), and its ends", () => {
    expect(jensenShannon([1, 0], [0.5, 0.5])).toBeCloseTo(0.46450140402245893 ** 2, 12);
    expect(jensenShannon([2, 0], [0, 3])).toBeCloseTo(Math.log(2), 12);
    expect(jensenShannon([0.2, 0.6], [1, 3])).toBeCloseTo(0, 12);
  });
});

function sameList(first: Float32Array | undefined, second: Float32Array | undefined): boolean {
  return first?.every((value, at) => value === second?.[at]) ?? false;
}
