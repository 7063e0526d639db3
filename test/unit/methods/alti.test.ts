import { describe, expect, it } from "vitest";
import { alti } from "../../../src/methods/alti";
import type { AttendedBlock } from "../../../src/methods/inside";
import { insideTarget } from "./insideTarget";
import { attentionQuestion } from "./question";

const vectors = (...values: number[]) => ({ width: 2, values: Float32Array.from(values) });

/** A block of two tokens whose shares are T = [[(1, 0), (.5, .5)], [(0, 1), (2, −1)]], with the bias (.1, 0). */
const map = { heads: 1, queries: 2, keys: 2, values: Float32Array.of(0.5, 0.5, 1, 0) };
const block: AttendedBlock = {
  heads: 1,
  vectors: Float32Array.of(0, 1, 1, 1),
  weights: [1, 0, 0, 1],
  reads: vectors(1, -0.5, 2, -1),
  sum: vectors(1.6, 0.5, 2.1, 0),
  result: vectors(1.6, 0.5, 2.1, 0),
  normalisation: null,
};

async function rowOf(layers: number, read: number | null, one = block) {
  const each =
    <T>(value: T) =>
    async () =>
      Array.from({ length: layers }, () => value);
  const blocks = await each(one)();
  const target = insideTarget({ tokens: 2, maps: each(map), attended: async () => ({ isAll: true, blocks }) });
  const control = { seed: 0, signal: new AbortController().signal };
  return Array.from((await alti.run(target, attentionQuestion(layers, read), control)).values);
}

describe("ALTI", () => {
  it("gives the worked example, and the plain product over layers", async () => {
    const expected = [
      [0.5, 0.5],
      [0, 1],
    ];
    for (const [read, row] of expected.entries()) {
      const found = await rowOf(1, read);
      for (const [key, value] of row.entries()) {
        expect(found[key]).toBeCloseTo(value, 6);
      }
    }
    const twice = await rowOf(2, 0);
    expect(twice[0]).toBeCloseTo(0.25, 6);
    expect(twice[1]).toBeCloseTo(0.75, 6);
    expect((await rowOf(2, null))[0]).toBeCloseTo(0.125, 6);
  });

  it("leaves a token to itself where nothing comes near what attention leaves", async () => {
    const away = { ...block, result: vectors(-9, -9, 2.1, 0) };
    expect(await rowOf(1, 0, away)).toEqual([1, 0]);
  });
});
