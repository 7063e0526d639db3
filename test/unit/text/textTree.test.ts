import { describe, expect, it } from "vitest";
import { featureSet } from "../../../src/methods/features";
import { type TextPart, textTree } from "../../../src/text/textTree";
import { sentenceUnits, wordUnits } from "../../../src/text/units";
import { configuredTokenizer } from "./golden";

type Nested = string | readonly Nested[];

/** The tree of a text with the texts of its items, as nested lists. */
function nested(text: string, kind: "token" | "word" | "sentence" = "word", pair: string | null = null): Nested {
  const tokens = configuredTokenizer(/[^\p{ASCII}]/u.test(text) ? "byteLevelBpe" : "wordPiece").encode(text, pair);
  const input = {
    text,
    pair,
    output: null,
    tokens,
    words: [...wordUnits(text, tokens, 0), ...(pair === null ? [] : wordUnits(pair, tokens, 1))],
    sentences: [...sentenceUnits(text, tokens, 0), ...(pair === null ? [] : sentenceUnits(pair, tokens, 1))],
  };
  const { groups } = featureSet(kind, input);
  const names = groups.map((group) => {
    const members = group.map((index) => tokens[index]);
    const source = members[0]?.segment === 1 ? (pair ?? "") : text;
    return source.slice(members[0]?.start, members.at(-1)?.end).trim();
  });
  const walk = ({ items, parts }: TextPart): Nested =>
    parts.length === 0 ? (names[items[0] ?? -1] ?? "") : parts.map(walk);
  return walk(textTree(input, groups));
}

describe("a text's tree", () => {
  it("goes from sentences over clauses to words, and signs stay with the clause they end", () => {
    expect(nested("Old, but (mostly) good. I liked it!")).toEqual([
      [["Old", ","], "but", ["(", "mostly", ")"], ["good", "."]],
      ["I", "liked", "it", "!"],
    ]);
  });

  it("ends in tokens, and leaves out levels with one part", () => {
    const tree = nested("Unquestionably good", "token");
    expect(tree).toHaveLength(2);
    expect(Array.isArray(tree[0]) ? tree[0].join("") : "").toBe("Unquestionably");
    expect(tree[1]).toBe("good");
    expect(nested("good")).toBe("good");
  });

  it("sets paragraphs apart at blank lines only", () => {
    expect(nested("One two.\nThree four.\r\n \t\r\nFive six.")).toEqual([
      [
        ["One", "two", "."],
        ["Three", "four", "."],
      ],
      ["Five", "six", "."],
    ]);
  });

  it("takes a clause where a dash stands between words, not inside one", () => {
    expect(nested("a well-made film - or not")).toEqual([
      ["a", "well", "-", "made", "film", "-"],
      ["or", "not"],
    ]);
    expect(nested("it 's slow -- very slow")).toEqual([
      ["it", "'", "s", "slow", "-", "-"],
      ["very", "slow"],
    ]);
  });

  it("reads Chinese signs, though tokens reach over words", () => {
    expect(nested("我喜欢电影，音乐很好。结局不好！")).toEqual([
      [
        ["我喜欢电影", "，"],
        ["音乐", "很好", "。"],
      ],
      ["结局", "不好", "！"],
    ]);
  });

  it("keeps the bytes of an emoji and an apostrophe's word together", () => {
    expect(nested("Great 👩‍👩‍👧 fun, don’t miss")).toEqual([
      ["Great", "👩‍👩‍👧", "fun", ","],
      ["don’t", "miss"],
    ]);
  });

  it("cuts code at lines, brackets and commas", () => {
    expect(nested("f(a, b);\nreturn c;")).toEqual([
      ["f", ["(", "a", ","], ["b", ")", ";"]],
      ["return", "c", ";"],
    ]);
  });

  it("ends in sentences where those are the items, and keeps two texts apart", () => {
    expect(nested("One. Two.\n\nThree.", "sentence")).toEqual([["One.", "Two."], "Three."]);
    expect(nested("One two", "word", "Three four")).toEqual([
      ["One", "two"],
      ["Three", "four"],
    ]);
  });

  it("refuses to make a tree of nothing", () => {
    expect(() => textTree({ text: "", pair: null, output: null, tokens: [], words: [], sentences: [] }, [])).toThrow(
      RangeError,
    );
  });
});
