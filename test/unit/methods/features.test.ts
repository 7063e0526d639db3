import { describe, expect, it } from "vitest";
import type { PlacedRequest, Token, Unit } from "../../../src/common/explanation";
import { type MethodId, methodIds } from "../../../src/common/method";
import { defaultOptions } from "../../../src/common/options";
import { dropTokens, featureSet, tokenShares, unitScores, unitStandardErrors } from "../../../src/methods/features";
import { occlusion } from "../../../src/methods/occlusion";
import { partitionShap } from "../../../src/methods/partitionShap";
import { implementations, methodAvailability } from "../../../src/methods/registry";
import { Game } from "./games";
import { maskedQuestion } from "./question";

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
const input = { text, pair: null, output: null, tokens, words, sentences };

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
      output: null,
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
    const run = { seed: 0, signal: new AbortController().signal };
    const game = new Game(3, (row) => 2 * (row[0] ?? 0) - (row[1] ?? 0) + 4 * (row[1] ?? 0) * (row[2] ?? 0));
    const result = await occlusion.run(game, maskedQuestion(3), run, () => undefined);
    expect(Array.from(result.values)).toEqual([2, 3, 4]);
    expect(result.evaluations).toBe(4);
    expect(game.evaluations).toBe(occlusion.planned(maskedQuestion(3)));
    const none = await occlusion.run(new Game(0, () => 0), maskedQuestion(0), run, () => undefined);
    expect(none.values.length).toBe(0);
  });
});

describe("registry", () => {
  it("knows the evaluations before a run", () => {
    const planned = (id: MethodId, features: number, changes: Partial<PlacedRequest> = {}): number => {
      const method = implementations[id];
      return method.asks === "masked" ? method.planned(maskedQuestion(features, changes)) : Number.NaN;
    };
    const lime = (mode: "adaptive" | "plain", samples: number, features: number): number =>
      planned("lime", features, { lime: { ...defaultOptions.lime, mode, samples } });
    expect(lime("plain", 500, 5)).toBe(500);
    expect(lime("adaptive", 500, 5)).toBe(32);
    expect(lime("adaptive", 500, 30)).toBe(500);
    expect(lime("adaptive", 500, 0)).toBe(0);
    expect(lime("plain", 500, 0)).toBe(0);
    expect(() => lime("adaptive", 10, 30)).toThrow("needs at least 16 evaluations");
    expect(planned("partitionShap", 3)).toBe(8);
    expect(planned("partitionShap", 100, { owen: { ...defaultOptions.owen, samples: 501 } })).toBe(500);
    expect(planned("partitionShap", 0)).toBe(0);
    expect(planned("random", 30)).toBe(0);
  });

  it("asks for a guide where not all is opened, or it is there anyway", () => {
    const { guide } = partitionShap;
    const wants = (features: number, isAsked: boolean, changes: Partial<PlacedRequest> = {}) =>
      guide?.isWanted(maskedQuestion(features, changes), isAsked);
    expect(wants(4, false)).toBe(false);
    expect(wants(4, true)).toBe(true);
    expect(wants(200, false)).toBe(true);
    expect(wants(200, true, { owen: { ...defaultOptions.owen, guided: false } })).toBe(false);
    expect(wants(30, false, { owen: { ...defaultOptions.owen, samples: 1_000_000 } })).toBe(true);
  });

  it("says for every name whether it runs and why not", () => {
    const blind = methodAvailability(new Set(["target", "evaluations"] as const));
    expect(blind.map(({ id }) => id)).toEqual([...methodIds]);
    expect(blind.filter(({ available }) => available).map(({ id }) => id)).toEqual([
      "lime",
      "occlusion",
      "partitionShap",
      "permutationShap",
      "kernelShap",
      "shapleyInteraction",
      "random",
    ]);
    for (const each of blind) {
      expect(each.available).toBe(each.why === null);
    }
    const all = methodAvailability(new Set(["target", "evaluations", "attention", "gradients"] as const));
    expect(
      all
        .filter(({ available }) => available)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...methodIds].sort());
  });
});
