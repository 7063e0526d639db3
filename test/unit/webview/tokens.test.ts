import { describe, expect, it } from "vitest";
import { scoredUnits } from "../../../src/common/scoredUnits";
import { visibleText } from "../../../webview/dom";
import { contributionSum } from "../../../webview/sections/tokens/contributionSum";
import { textRuns } from "../../../webview/sections/tokens/textRuns";
import { methodOf, rightToLeftExplanation, sentenceExplanation } from "../../webview/fixture";

const explanation = sentenceExplanation();

const method = (name: string) => methodOf(explanation, name);

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

describe("textRuns", () => {
  it.each([
    ["tokens", sentenceExplanation(), "token"],
    ["words", sentenceExplanation(), "word"],
    ["right-to-left text with line ends", rightToLeftExplanation(), "token"],
  ] as const)("gives the whole text back from %s", (_, of, kind) => {
    const units = scoredUnits(of, of.attributions[0], kind);
    const runs = textRuns(of.text, units, 0);
    expect(runs.map(({ text }) => text).join("")).toBe(of.text);
    expect(runs.filter((run) => "unit" in run)).toHaveLength(units.length);
  });

  it("shows a character once when several tokens are its bytes", () => {
    const unit = { segment: 0 as const };
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
