import { describe, expect, it } from "vitest";
import type { Attribution } from "../../../src/common/explanation";
import { ranks, scoredUnits, shares, shownUnits, strongest, unitBuckets } from "../../../src/common/scoredUnits";
import { methodOf, sentenceExplanation } from "../../webview/fixture";

const explanation = sentenceExplanation();

const method = (name: string) => methodOf(explanation, name);

describe("scoredUnits", () => {
  it("adds up scores that are parts of a sum", () => {
    const words = scoredUnits(explanation, method("lime"), "word");
    const unsubtle = words.find(({ text }) => text === "unsubtle");
    expect(unsubtle?.tokens).toHaveLength(4);
    expect(unsubtle?.score).toBeCloseTo(0.004 - 0.011 - 0.006 - 0.016);
    const [sentence] = scoredUnits(explanation, method("lime"), "sentence");
    expect(sentence?.score).toBeCloseTo(method("lime").scores.reduce((sum, score) => sum + score, 0));
  });

  it("adds up shares of attention, and takes the mean of sizes", () => {
    const rollout = method("rollout");
    const unsubtle = scoredUnits(explanation, rollout, "word").find(({ text }) => text === "unsubtle");
    const parts = unsubtle?.tokens.map((token) => rollout.scores[token] ?? 0) ?? [];
    const total = parts.reduce((sum, score) => sum + score, 0);
    expect(unsubtle?.score).toBeCloseTo(total);
    const words = scoredUnits(explanation, { ...rollout, method: "saliency" }, "word");
    expect(words.find(({ text }) => text === "unsubtle")?.score).toBeCloseTo(total / 4);
  });

  it("takes the errors of a sum's parts as uncorrelated, as the engine does", () => {
    const words = scoredUnits(explanation, method("lime"), "word");
    const unsubtle = words.find(({ text }) => text === "unsubtle");
    const errors = unsubtle?.tokens.map((token) => method("lime").standardErrors?.[token] ?? 0) ?? [];
    expect(unsubtle?.standardError).toBeCloseTo(Math.hypot(...errors), 12);
    expect(scoredUnits(explanation, method("occlusion"), "word")[0]?.standardError).toBeNull();
    expect(words.find(({ text }) => text === "gorgeous")?.standardError).toBe(method("lime").standardErrors?.[2]);
  });

  it("adds up a method that scored words", () => {
    const scores = explanation.words.map((_, index) => index);
    const byWord: Attribution = { ...method("lime"), units: "word", scores, standardErrors: null };
    expect(shownUnits(byWord, "token")).toBe("word");
    expect(scoredUnits(explanation, byWord, "word").map(({ score }) => score)).toEqual(scores);
    const [sentence] = scoredUnits(explanation, byWord, "sentence");
    expect(sentence?.score).toBe(scores.reduce((sum, score) => sum + score, 0));
  });
});

describe("ranks and shares", () => {
  it("go by magnitude, and equal scores have the same rank", () => {
    expect(ranks([0.1, -0.4, 0.4, 0, 0.2])).toEqual([4, 1, 1, 5, 3]);
    expect(shares([1, -3, 0])).toEqual([0.25, 0.75, 0]);
    expect(shares([0, 0])).toEqual([0, 0]);
  });
});

describe("unitBuckets", () => {
  it("give no colour to what is within its error, however large, and take the scale from the rest", () => {
    const scores = explanation.tokens.map(({ index }) => (index === 1 ? 0.9 : index === 2 ? -0.2 : 0));
    const standardErrors = scores.map((_, index) => (index === 1 ? 0.8 : 0.01));
    const unsure: Attribution = { ...method("lime"), scores, standardErrors };
    expect(unitBuckets(scoredUnits(explanation, unsure), unsure).slice(0, 3)).toEqual([0, -5, 0]);
  });
});

describe("strongest", () => {
  it("sorts by magnitude and does not cut off a single one", () => {
    expect(strongest([1, -3, 2], 1)).toEqual({ shown: [1], rest: [2, 0] });
    expect(strongest([1, -3, 2], 2)).toEqual({ shown: [1, 2, 0], rest: [] });
  });
});
