import { describe, expect, it } from "vitest";
import type { Token, Unit } from "../../../src/common/explanation";
import { segmentEnds } from "../../../src/text/segments";
import { sentenceUnits, wordUnits } from "../../../src/text/units";
import { configuredTokenizer, readGolden } from "./golden";

const wordPiece = configuredTokenizer("wordPiece");
const byteLevel = configuredTokenizer("byteLevelBpe");
const texts = readGolden<string[]>("texts");

function slices(text: string, units: readonly Unit[]): string[] {
  return units.map((unit) => text.slice(unit.start, unit.end));
}

function words(text: string, tokenizer = wordPiece): string[] {
  return slices(text, wordUnits(text, tokenizer.encode(text, null), 0));
}

function token(index: number, start: number, end: number, text: string): Token {
  return { index, id: index, piece: "", text: text.slice(start, end), start, end, special: false, segment: 0 };
}

describe("words", () => {
  it("join sub-words and keep punctuation apart", () => {
    const text = "Unquestionably gorgeous, isn't it?! (Yes.)";
    expect(words(text)).toEqual(["Unquestionably", "gorgeous", ",", "isn't", "it", "?", "!", "(", "Yes", ".", ")"]);
    expect(wordUnits(text, wordPiece.encode(text, null), 0)[0]?.tokens.length).toBeGreaterThan(1);
  });

  it("leave out the space a byte-level token begins with", () => {
    expect(words("The  film, again.\n", byteLevel)).toEqual(["The", "film", ",", "again", "."]);
  });

  it("follow writing without spaces and letters beyond ASCII", () => {
    expect(words("naïve Ελλάδα")).toEqual(["naïve", "Ελλάδα"]);
    const thai = "ภาษาไทย";
    const letters = [...thai].map((_, index) => token(index, index, index + 1, thai));
    expect(slices(thai, wordUnits(thai, letters, 0))).toEqual(["ภาษา", "ไทย"]);
  });

  it("become one where a token reaches over both", () => {
    const text = "new york city";
    const units = wordUnits(text, [token(0, 0, 8, text), token(1, 9, 13, text)], 0);
    expect(slices(text, units)).toEqual(["new york", "city"]);
    const crossing = wordUnits(text, [token(0, 0, 5, text), token(1, 5, 8, text), token(2, 9, 13, text)], 0);
    expect(crossing.map((unit) => unit.tokens)).toEqual([[0, 1], [2]]);
  });

  it("take tokens of spaces along", () => {
    const text = "a \n b ";
    const units = wordUnits(
      text,
      [token(0, 0, 1, text), token(1, 1, 4, text), token(2, 4, 5, text), token(3, 5, 6, text)],
      0,
    );
    expect(units).toEqual([
      { start: 0, end: 1, segment: 0, tokens: [0] },
      { start: 4, end: 5, segment: 0, tokens: [1, 2, 3] },
    ]);
    expect(wordUnits("  ", [token(0, 0, 2, "  ")], 0)).toEqual([{ start: 0, end: 2, segment: 0, tokens: [0] }]);
  });

  it("of two texts are told apart", () => {
    const tokens = wordPiece.encode("A b", "c, d");
    expect(slices("A b", wordUnits("A b", tokens, 0))).toEqual(["A", "b"]);
    expect(slices("c, d", wordUnits("c, d", tokens, 1))).toEqual(["c", ",", "d"]);
    expect(wordUnits("c, d", tokens, 1)[0]?.tokens).toEqual([4]);
  });
});

describe("sentences", () => {
  it("end at stops and line breaks, not at abbreviations before small letters", () => {
    const text = "It rains. We stay, i.e. we read!\nThen what";
    const units = sentenceUnits(text, wordPiece.encode(text, null), 0);
    expect(slices(text, units)).toEqual(["It rains.", "We stay, i.e. we read!", "Then what"]);
  });

  it("go on after titles and other abbreviations", () => {
    const sentences = (text: string) => slices(text, sentenceUnits(text, wordPiece.encode(text, null), 0));
    expect(sentences("Dr. Smith met Mr. Jones. He (cf. Fig. 3) left.")).toEqual([
      "Dr. Smith met Mr. Jones.",
      "He (cf. Fig. 3) left.",
    ]);
    expect(sentences("Was it good? No. It was dull. See No. 5.")).toEqual([
      "Was it good?",
      "No.",
      "It was dull.",
      "See No. 5.",
    ]);
    expect(sentences("I saw the Dr.\nHe left.")).toEqual(["I saw the Dr.", "He left."]);
    expect(sentences("We met the Dr.")).toEqual(["We met the Dr."]);
    expect(sentences("By J. R. R. Tolkien. Read it.")).toEqual(["By J. R. R. Tolkien.", "Read it."]);
    expect(sentences("It was plan B. We left.")).toEqual(["It was plan B.", "We left."]);
  });

  it("end at a full stop on its own", () => {
    const text = "a dull film . it never ends . . . ever .";
    const units = sentenceUnits(text, wordPiece.encode(text, null), 0);
    expect(slices(text, units)).toEqual(["a dull film .", "it never ends . . .", "ever ."]);
  });
});

describe("every token belongs to exactly one unit", () => {
  it.each([
    ["wordPiece", wordPiece],
    ["byteLevelBpe", byteLevel],
    ["byteFallbackBpe", configuredTokenizer("byteFallbackBpe")],
  ] as const)("with %s", (_, tokenizer) => {
    const wrong = texts.slice(0, 1200).filter((text) => {
      const tokens = tokenizer.encode(text, null);
      const content = tokens.filter((one) => !one.special).map((one) => one.index);
      return [wordUnits(text, tokens, 0), sentenceUnits(text, tokens, 0)].some((units) => {
        const members = units.flatMap((unit) => unit.tokens).sort((a, b) => a - b);
        return (
          members.join() !== content.join() || units.some((unit) => unit.start > unit.end || unit.tokens.length === 0)
        );
      });
    });
    expect(wrong).toEqual([]);
  });
});

describe("long texts", () => {
  it("have the same words as their parts", () => {
    const sentence = "It's 3.14 or well-known; isn't it? 你好，世界。 ";
    const ends = segmentEnds(new Intl.Segmenter("en", { granularity: "word" }), sentence.repeat(500));
    const once = segmentEnds(new Intl.Segmenter("en", { granularity: "word" }), sentence);
    const expected = Array.from({ length: 500 }, (_, index) => once.map((end) => end + index * sentence.length)).flat();
    expect(ends).toEqual(expected);
  });

  it("may be one segment", () => {
    expect(segmentEnds(new Intl.Segmenter("en", { granularity: "word" }), "a".repeat(50_000))).toEqual([50_000]);
  });
});
