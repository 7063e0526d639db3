import { describe, expect, it } from "vitest";
import { TextStream } from "../../../src/text/textStream";
import { createTokenizer } from "../../../src/text/tokenizer";
import { configuredJson, readGolden } from "./golden";

interface Case {
  readonly vocabulary: string;
  readonly decoder: unknown;
  readonly ids: readonly (readonly number[])[];
  readonly texts: readonly string[];
}

const cases = readGolden<readonly Case[]>("decoders");

function tokenizerOf({ vocabulary, decoder }: Pick<Case, "vocabulary" | "decoder">) {
  return createTokenizer(configuredJson({ vocabulary, overrides: { decoder } }));
}

function streamed(decode: (ids: readonly number[]) => string, ids: readonly number[], before = 0): string[] {
  const stream = new TextStream(decode, ids.slice(0, before));
  return [...ids.slice(before).map((id) => stream.push(id)), stream.end()];
}

describe.each(cases)("the decoder $decoder of $vocabulary", ({ vocabulary, decoder, ids, texts }) => {
  const { decode } = tokenizerOf({ vocabulary, decoder });

  it("gives the texts of the Python package", () => {
    expect(texts.length).toBeGreaterThan(200);
    expect(ids.map((each) => decode(each))).toEqual(texts);
  });
});

describe("a stream of tokens", () => {
  const byteLevel = cases.find(({ vocabulary }) => vocabulary === "byteLevelBpe");
  const { decode, encodeContent } = tokenizerOf(byteLevel ?? { vocabulary: "byteLevelBpe", decoder: null });

  it("joined is the text of all tokens, also where they are no text", () => {
    for (const [index, ids] of (byteLevel?.ids ?? []).entries()) {
      expect(streamed(decode, ids).join("")).toBe(byteLevel?.texts[index]);
    }
    const long = (byteLevel?.ids ?? []).flat();
    expect(long.length).toBeGreaterThan(1000);
    expect(streamed(decode, long).join("")).toBe(decode(long));
  });

  it("gives a character of several tokens with its last one", () => {
    const ids = encodeContent("a 👩‍👧 क्ष b", 0).map(({ id }) => id);
    const parts = streamed(decode, ids);
    expect(ids.length).toBeGreaterThan(12);
    expect(parts.join("")).toBe("a 👩‍👧 क्ष b");
    expect(parts.every((part) => !part.includes("\ufffd"))).toBe(true);
  });

  it("keeps the space in front of a word that goes on", () => {
    const llama = cases.find(({ decoder }) => JSON.stringify(decoder).includes('"Strip","content":" "'));
    const tokenizer = tokenizerOf(llama ?? { vocabulary: "", decoder: null });
    const ids = tokenizer.encodeContent("the film was good", 0).map(({ id }) => id);
    const before = tokenizer.encodeContent("the film", 0).length;
    expect(streamed(tokenizer.decode, ids, before).join("")).toBe(" was good");
  });
});
