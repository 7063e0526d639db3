import { describe, expect, it } from "vitest";
import type { Token, Unit } from "../../../src/common/explanation";
import { methodIds } from "../../../src/common/method";
import { defaultOptions } from "../../../src/common/options";
import { dropTokens, featureSet, tokenShares, unitScores, unitStandardErrors } from "../../../src/methods/features";
import { occlusion } from "../../../src/methods/occlusion";
import { methodAvailability, plannedEvaluations } from "../../../src/methods/registry";
import { Game } from "./games";

const text = "Good, goodness good Good";

function token(index: number, start: number, end: number, special = false): Token {
  return { index, id: index, piece: "", text: text.slice(start, end), start, end, special, segment: 0 };
}

/** Good | , | good ness | good | Good between two special tokens. */
const tokens: readonly Token[] = [
  token(0, 0, 0, true),
  token(1, 0, 4),
  token(2, 4, 5),
  token(3, 6, 10),
  token(4, 10, 14),
  token(5, 15, 19),
  token(6, 20, 24),
  token(7, 24, 24, true),
];
const words: readonly Unit[] = [
  { start: 0, end: 4, segment: 0, tokens: [1] },
  { start: 6, end: 14, segment: 0, tokens: [3, 4] },
  { start: 15, end: 19, segment: 0, tokens: [5] },
  { start: 20, end: 24, segment: 0, tokens: [6] },
];
const sentences: readonly Unit[] = [
  { start: 0, end: 5, segment: 0, tokens: [1, 2] },
  { start: 6, end: 24, segment: 0, tokens: [3, 4, 5, 6] },
];
const input = { text, pair: null, tokens, words, sentences };

describe("featureSet", () => {
  it("makes tokens, words or word types features, never special tokens", () => {
    expect(featureSet("token", input).groups).toEqual([[1], [2], [3], [4], [5], [6]]);
    expect(featureSet("word", input).groups).toEqual([[1], [3, 4], [5], [6]]);
    expect(featureSet("bag", input).groups).toEqual([[1, 6], [3, 4], [5]]);
    expect(featureSet("sentence", input).groups).toEqual([
      [1, 2],
      [3, 4, 5, 6],
    ]);
  });

  it("leaves out tokens that are not eligible", () => {
    const eligible = (each: Token): boolean => each.index !== 3 && each.index !== 5;
    expect(featureSet("token", input, eligible).groups).toEqual([[1], [2], [4], [6]]);
    expect(featureSet("bag", input, eligible).groups).toEqual([[1, 6], [4]]);
  });

  it("takes a word in both texts of a pair as one word type", () => {
    const second: Token = { ...token(8, 0, 4), segment: 1, text: "Good" };
    const pair = {
      text,
      pair: "Good",
      tokens: [...tokens, second],
      sentences,
      words: [...words, { start: 0, end: 4, segment: 1 as const, tokens: [8] }],
    };
    expect(featureSet("bag", pair).groups).toEqual([[1, 6, 8], [3, 4], [5]]);
    expect(featureSet("word", pair).groups.at(-1)).toEqual([8]);
  });
});

describe("scores of features", () => {
  const bag = featureSet("bag", input);

  it("drop all tokens of a feature", () => {
    const kept = new Uint8Array(8).fill(1);
    dropTokens(bag, Uint8Array.of(0, 1, 0), kept);
    expect([...kept]).toEqual([1, 0, 1, 1, 1, 0, 0, 1]);
  });

  it("are shared equally by the tokens of a place, and shown at each place", () => {
    const shares = tokenShares(bag, [0.6, -0.2, 0.1], 8);
    expect(shares).toEqual([0, 0.6, 0, -0.1, -0.1, 0.1, 0.6, 0]);
    expect(unitScores(bag, [0.6, -0.2, 0.1], words)).toEqual([0.6, -0.2, 0.1, 0.6]);
    const sentence = [{ tokens: [1, 2, 3, 4, 5, 6] }];
    expect(unitScores(bag, [0.6, -0.2, 0.1], sentence)[0]).toBeCloseTo(0.5, 12);
    const [error] = unitStandardErrors(bag, [0.03, 0.04, 0], sentence);
    expect(error).toBeCloseTo(0.05, 12);
    expect(unitStandardErrors(bag, [0.03, 0.04, 0], words)).toEqual([0.03, 0.04, 0, 0.03]);
  });
});

describe("occlusion", () => {
  it("is the drop of the target's own value when one feature is left out", async () => {
    const game = new Game(3, (row) => 2 * (row[0] ?? 0) - (row[1] ?? 0) + 4 * (row[1] ?? 0) * (row[2] ?? 0));
    const result = await occlusion(game, { signal: new AbortController().signal });
    expect([...result.scores]).toEqual([2, 3, 4]);
    expect(result).toMatchObject({ fullValue: 5, evaluations: 4 });
    expect(game.evaluations).toBe(plannedEvaluations("occlusion", 3, defaultOptions));
    const none = await occlusion(new Game(0, () => 0), { signal: new AbortController().signal });
    expect(none.scores.length).toBe(0);
  });
});

describe("registry", () => {
  it("knows the evaluations before a run", () => {
    const lime = (mode: "adaptive" | "plain", samples: number, features: number): number =>
      plannedEvaluations("lime", features, { ...defaultOptions, lime: { ...defaultOptions.lime, mode, samples } });
    expect(lime("plain", 500, 5)).toBe(500);
    expect(lime("adaptive", 500, 5)).toBe(32);
    expect(lime("adaptive", 500, 30)).toBe(500);
    expect(lime("adaptive", 500, 0)).toBe(0);
    expect(lime("plain", 500, 0)).toBe(0);
    expect(plannedEvaluations("partitionShap", 3, defaultOptions)).toBe(8);
    expect(plannedEvaluations("partitionShap", 100, { ...defaultOptions, owen: { guided: true, samples: 501 } })).toBe(
      500,
    );
    expect(plannedEvaluations("partitionShap", 0, defaultOptions)).toBe(0);
    for (const id of ["attention", "rollout", "random"] as const) {
      expect(plannedEvaluations(id, 30, defaultOptions)).toBe(0);
    }
  });

  it("says for every name whether it runs and why not", () => {
    const blind = methodAvailability(new Set(["evaluations"] as const));
    expect(blind.map(({ id }) => id)).toEqual([...methodIds]);
    expect(blind.filter(({ available }) => available).map(({ id }) => id)).toEqual([
      "lime",
      "occlusion",
      "partitionShap",
      "random",
    ]);
    for (const each of blind) {
      expect(each.available).toBe(each.why === null);
    }
    const all = methodAvailability(new Set(["evaluations", "attention", "gradients", "pairs"] as const));
    expect(
      all
        .filter(({ available }) => available)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...methodIds].sort());
  });
});
