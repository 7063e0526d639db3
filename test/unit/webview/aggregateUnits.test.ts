import { describe, expect, it } from "vitest";
import type { Attribution } from "../../../src/common/explanation";
import { visibleText } from "../../../webview/dom";
import {
  contributionSum,
  shownUnits,
  strongest,
  textRuns,
  unitScores,
} from "../../../webview/sections/tokens/aggregateUnits";
import { rightToLeftExplanation, sentenceExplanation } from "../../webview/fixture";

const explanation = sentenceExplanation();

function method(name: string): Attribution {
  const found = explanation.attributions.find((attribution) => attribution.method === name);
  if (!found) {
    throw new Error(name);
  }
  return found;
}

describe("unitScores", () => {
  it("adds up scores that are parts of a sum", () => {
    const words = unitScores(explanation, method("lime"), "word");
    const unsubtle = words.find(({ text }) => text === "unsubtle");
    expect(unsubtle?.tokens).toHaveLength(4);
    expect(unsubtle?.score).toBeCloseTo(0.004 - 0.011 - 0.006 - 0.016);
    const [sentence] = unitScores(explanation, method("lime"), "sentence");
    expect(sentence?.score).toBeCloseTo(method("lime").scores.reduce((sum, score) => sum + score, 0));
  });

  it("adds up shares of attention, and takes the mean of sizes", () => {
    const rollout = method("rollout");
    const unsubtle = unitScores(explanation, rollout, "word").find(({ text }) => text === "unsubtle");
    const parts = unsubtle?.tokens.map((token) => rollout.scores[token] ?? 0) ?? [];
    const total = parts.reduce((sum, score) => sum + score, 0);
    expect(unsubtle?.score).toBeCloseTo(total);
    const words = unitScores(explanation, { ...rollout, method: "saliency" }, "word");
    expect(words.find(({ text }) => text === "unsubtle")?.score).toBeCloseTo(total / 4);
  });

  it("takes the errors of a sum's parts as uncorrelated, as the engine does", () => {
    const words = unitScores(explanation, method("lime"), "word");
    const unsubtle = words.find(({ text }) => text === "unsubtle");
    const errors = unsubtle?.tokens.map((token) => method("lime").standardErrors?.[token] ?? 0) ?? [];
    expect(unsubtle?.standardError).toBeCloseTo(Math.hypot(...errors), 12);
    expect(unitScores(explanation, method("occlusion"), "word")[0]?.standardError).toBeNull();
    expect(words.find(({ text }) => text === "gorgeous")?.standardError).toBe(method("lime").standardErrors?.[2]);
  });

  it("adds up a method that scored words", () => {
    const scores = explanation.words.map((_, index) => index);
    const byWord: Attribution = { ...method("lime"), units: "word", scores, standardErrors: null };
    expect(shownUnits(byWord, "token")).toBe("word");
    expect(unitScores(explanation, byWord, "word").map(({ score }) => score)).toEqual(scores);
    const [sentence] = unitScores(explanation, byWord, "sentence");
    expect(sentence?.score).toBe(scores.reduce((sum, score) => sum + score, 0));
  });
});

describe("contributionSum", () => {
  it("adds up to the local model and names the gap", () => {
    const sum = contributionSum(method("lime"));
    expect(sum?.local).toBeCloseTo(0.95);
    expect(sum?.gap).toBeCloseTo(0.048);
    expect((sum?.base ?? 0) + (sum?.supports ?? 0) + (sum?.against ?? 0)).toBeCloseTo(sum?.local ?? 0);
  });

  it("has special tokens in the sum, apart from the text", () => {
    const specials = [
      { token: 0, score: 0.03 },
      { token: 9, score: -0.01 },
    ];
    const [plain, sum] = [contributionSum(method("lime")), contributionSum({ ...method("lime"), specials })];
    expect(sum?.special).toBeCloseTo(0.02);
    expect(sum?.local).toBeCloseTo((plain?.local ?? 0) + 0.02);
    expect(sum?.supports).toBe(plain?.supports);
  });

  it("is nothing for a method without a sum", () => {
    expect(contributionSum(method("occlusion"))).toBeNull();
  });
});

describe("strongest", () => {
  it("sorts by magnitude and does not cut off a single one", () => {
    expect(strongest([1, -3, 2], 1)).toEqual({ shown: [1], rest: [2, 0] });
    expect(strongest([1, -3, 2], 2)).toEqual({ shown: [1, 2, 0], rest: [] });
  });
});

describe("textRuns", () => {
  it.each([
    ["tokens", sentenceExplanation(), "token"],
    ["words", sentenceExplanation(), "word"],
    ["right-to-left text with line ends", rightToLeftExplanation(), "token"],
  ] as const)("gives the whole text back from %s", (_, of, kind) => {
    const units = unitScores(of, of.attributions[0], kind);
    const runs = textRuns(of.text, units, 0);
    expect(runs.map(({ text }) => text).join("")).toBe(of.text);
    expect(runs.filter((run) => "unit" in run)).toHaveLength(units.length);
  });

  it("shows a character once when several tokens are its bytes", () => {
    const unit = { segment: 0 as const, tokens: [1], text: "🙂", score: 0, standardError: null };
    const units = [
      { ...unit, start: 0, end: 2 },
      { ...unit, start: 0, end: 2 },
    ];
    expect(textRuns("🙂!", units, 0).map(({ text }) => text)).toEqual(["🙂", "", "!"]);
  });
});

describe("visibleText", () => {
  it.each([
    ["Ġword is shown without its space", " word", "word"],
    ["a line end alone is shown", "\n", "↵"],
    ["CRLF is one line end", "\r\n", "↵"],
    ["spaces alone are shown", "  ", "␣␣"],
    ["a tab alone is shown", "\t", "⇥"],
    ["an inner line end is shown", "a\nb", "a ↵ b"],
    ["nothing turns the words after it around", "a\u202eb\u2066", "ab"],
    ["what cannot be seen has a sign", "\u200b", "·"],
    ["no text stays none", "", ""],
  ])("%s", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });
});
