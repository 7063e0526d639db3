import { describe, expect, it } from "vitest";
import type { PlacedRequest } from "../../../src/common/explanation";
import { defaultOptions } from "../../../src/common/options";
import { affordedRows, fitRequest } from "../../../src/methods/plan";

const request = { ...defaultOptions, text: "", model: { directory: "", file: null } };

/** A text of so many tokens and sentences, read in so many windows. */
function textOf(tokens: number, sentences: number, windows: number): Parameters<typeof fitRequest>[1] {
  const token = { index: 0, id: 0, piece: "", text: "", start: 0, end: 0, special: false, segment: 0 } as const;
  const unit = { start: 0, end: 0, segment: 0, tokens: [] } as const;
  return {
    tokens: new Array(tokens).fill(token),
    sentences: new Array(sentences).fill(unit),
    windows: Array.from({ length: windows }, () => ({})),
  };
}

describe("affordedRows", () => {
  it("grows with the effort, falls with the work, and keeps between a row and eighty a second", () => {
    expect(affordedRows(4, 3e9)).toBe(40);
    expect(affordedRows(8, 3e9)).toBe(80);
    expect(affordedRows(4, 1)).toBe(320);
    expect(affordedRows(4, 0)).toBe(320);
    expect(affordedRows(4, 1e13)).toBe(4);
    expect(affordedRows(0.1, 1e13)).toBe(2);
  });
});

describe("fitRequest", () => {
  const fitted = (changes: Partial<PlacedRequest>, text = textOf(300, 12, 1)) => {
    const { units, lime } = fitRequest({ ...request, ...changes }, text);
    return [units, lime.features];
  };

  it("takes tokens of what is read at once, else sentences, else words", () => {
    expect(fitted({})).toEqual(["token", "token"]);
    expect(fitted({}, textOf(900, 30, 3))).toEqual(["sentence", "sentence"]);
    expect(fitted({}, textOf(900, 2, 3))).toEqual(["word", "word"]);
  });

  it("takes what is asked for", () => {
    const of = (units: "token" | "word" | "sentence", features: "token" | "word" | "bag" | "sentence" | null) =>
      fitted({ units, lime: { ...request.lime, features } }, textOf(900, 30, 3));
    expect(of("token", null)).toEqual(["token", "token"]);
    expect(of("word", "token")).toEqual(["word", "token"]);
    expect(of("sentence", "bag")).toEqual(["sentence", "bag"]);
    expect(of("word", null)).toEqual(["word", "word"]);
  });
});
