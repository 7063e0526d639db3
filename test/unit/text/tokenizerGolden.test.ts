import { describe, expect, it } from "vitest";
import { configuredTokenizer, type Packed, packTokens, readGolden } from "./golden";

interface Golden {
  readonly indices: readonly number[];
  readonly singles: readonly Packed[];
  readonly contents: readonly (readonly [number, Packed])[];
  readonly pairs: readonly (readonly [number, number, Packed])[];
}

const texts = readGolden<string[]>("texts");
const names = Object.keys(readGolden<Record<string, unknown>>("configurations"));
const wholeCorpus = ["wordPiece", "byteLevelBpe", "unigram", "byteFallbackBpe"];

function textOf(index: number): string {
  const text = texts[index];
  if (text === undefined) {
    throw new Error(`no text ${index}`);
  }
  return text;
}

/** What differs, with its text, so that a failure can be read. */
function differences<T>(cases: readonly T[], compare: (one: T) => { text: unknown; got: unknown; expected: unknown }) {
  return cases.map(compare).filter(({ got, expected }) => JSON.stringify(got) !== JSON.stringify(expected));
}

describe.each(names)("tokenizer %s equals the Python package", (name) => {
  const tokenizer = configuredTokenizer(name);
  const golden = readGolden<Golden>(name);

  it("covers the corpus", () => {
    expect(golden.singles.length).toBe(golden.indices.length);
    expect(golden.singles.length).toBeGreaterThanOrEqual(wholeCorpus.includes(name) ? 2000 : 700);
  });

  it("gives the same ids and ranges for one text", () => {
    const wrong = differences([...golden.indices.entries()], ([place, index]) => ({
      text: textOf(index),
      got: packTokens(tokenizer, tokenizer.encode(textOf(index), null)),
      expected: golden.singles[place],
    }));
    expect(wrong.length, JSON.stringify(wrong.slice(0, 8), null, 1)).toBe(0);
  });

  it("gives the same content without special tokens", () => {
    const wrong = differences(golden.contents, ([index, expected]) => ({
      text: textOf(index),
      got: packTokens(tokenizer, tokenizer.encodeContent(textOf(index), 0)),
      expected,
    }));
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it("gives the same ids, ranges and types for two texts", () => {
    const wrong = differences(golden.pairs, ([first, second, expected]) => ({
      text: [textOf(first), textOf(second)],
      got: packTokens(tokenizer, tokenizer.encode(textOf(first), textOf(second))),
      expected,
    }));
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it("wraps its own content into the same tokens", () => {
    for (const [first, second] of golden.pairs.slice(0, 40)) {
      const whole = tokenizer.encode(textOf(first), textOf(second));
      const wrapped = tokenizer.wrap(
        tokenizer.encodeContent(textOf(first), 0),
        tokenizer.encodeContent(textOf(second), 1),
      );
      expect(wrapped).toEqual(whole);
      expect(wrapped.filter((token) => token.special).length).toBe(tokenizer.addedTokens(true));
    }
  });
});
