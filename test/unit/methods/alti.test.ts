import { describe, expect, it } from "vitest";
import { alti } from "../../../src/methods/alti";
import type { AttendedBlock } from "../../../src/methods/inside";
import { SeededRandom } from "../../../src/methods/maths/random";
import { plainDistances } from "../../support/distances";
import { insideTarget } from "./insideTarget";
import { attentionQuestion } from "./question";

const vectors = (...values: number[]) => ({ width: 2, values: Float32Array.from(values) });

/** A block of two tokens whose shares are T = [[(1, 0), (.5, .5)], [(0, 1), (2, −1)]], with the bias (.1, 0). */
const map = { heads: 1, queries: 2, keys: 2, values: Float32Array.of(0.5, 0.5, 1, 0) };
const block: AttendedBlock = {
  heads: 1,
  vectors: Float32Array.of(0, 1, 1, 1),
  weights: Float32Array.of(1, 0, 0, 1),
  reads: vectors(1, -0.5, 2, -1),
  sum: vectors(1.6, 0.5, 2.1, 0),
  result: vectors(1.6, 0.5, 2.1, 0),
  normalisation: null,
};

const control = { seed: 0, signal: new AbortController().signal };

async function rowOf(layers: number, read: number | null, one = block) {
  const each =
    <T>(value: T) =>
    async () =>
      Array.from({ length: layers }, () => value);
  const blocks = await each(one)();
  const target = insideTarget({ tokens: 2, maps: each(map), attended: async () => ({ isAll: true, blocks }) });
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

  it("is the same row by row where a long text is taken a stretch of tokens at a time", async () => {
    const [tokens, size, width] = [100, 2, 64];
    const random = SeededRandom.fromSeed(7);
    const numbers = (count: number) => Float32Array.from({ length: count }, () => random.uniform() - 0.4);
    const states = () => ({ width, values: numbers(tokens * width) });
    const long: AttendedBlock = {
      heads: 1,
      vectors: numbers(tokens * size),
      weights: numbers(size * width),
      reads: states(),
      sum: states(),
      result: states(),
      normalisation: { scale: numbers(width), epsilon: 1e-5 },
    };
    const dense = { heads: 1, queries: tokens, keys: tokens, values: numbers(tokens * tokens) };
    const stretches: number[] = [];
    const target = insideTarget({
      tokens,
      maps: async () => [dense],
      attended: async () => ({ isAll: true, blocks: [long] }),
      distances: async (one, brought) => {
        stretches.push(brought.end - brought.first);
        return await plainDistances(one, brought);
      },
    });
    const all = (await alti.run(target, attentionQuestion(1, null), control)).values;
    expect(stretches.length).toBeGreaterThan(1);
    expect(stretches.reduce((sum, count) => sum + count, 0)).toBe(tokens);
    const mean = new Float64Array(tokens);
    stretches.length = 0;
    for (let query = 0; query < tokens; query++) {
      const row = (await alti.run(target, attentionQuestion(1, query), control)).values;
      for (let key = 0; key < tokens; key++) {
        mean[key] = (mean[key] ?? 0) + (row[key] ?? Number.NaN) / tokens;
      }
    }
    // Of one row all tokens are taken at once.
    expect(stretches).toHaveLength(tokens);
    for (const [key, value] of mean.entries()) {
      expect(all[key]).toBeCloseTo(value, 10);
    }
  });

  it("leaves nothing to tokens that bring nothing, whatever rounding says", async () => {
    const causal = { ...map, values: Float32Array.of(1, 0, 0.5, 0.5) };
    const target = insideTarget({
      tokens: 2,
      maps: async () => [causal],
      attended: async () => ({ isAll: true, blocks: [block] }),
      distances: async (one, brought) => (await plainDistances(one, brought)).map((distance) => distance * (1 - 1e-6)),
    });
    expect((await alti.run(target, attentionQuestion(1, 0), control)).values[1]).toBe(0);
  });
});
