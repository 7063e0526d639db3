import { describe, expect, it } from "vitest";
import type { Token } from "../../../src/common/explanation";
import { formatMessage } from "../../../src/common/message";
import { idAt, resolveBaseline } from "../../../src/engine/baseline";
import { otherText } from "../../../src/engine/otherText";

const none = { mask: null, pad: null, unk: null, cls: null, sep: null, eos: null };
const vocabulary = (specials: Partial<Record<keyof typeof none, number>>) => ({
  specials: { ...none, ...specials },
  idToPiece: (id: number) => `piece ${id}`,
});

describe("the token that stands for a missing one", () => {
  it("is the one asked for, else the next in the order mask, pad, unk, eos, which is said", () => {
    expect(resolveBaseline("mask", vocabulary({ mask: 4, pad: 0 }), true)).toEqual({
      replacement: { kind: "id", id: 4 },
      placeholder: { kind: "id", id: 4 },
      embedded: { kind: "id", id: 4 },
      ofRows: "mask",
      ofEmbeddings: "mask",
      warning: null,
    });
    const instead = resolveBaseline("mask", vocabulary({ unk: 3, eos: 2 }), true);
    expect(instead.replacement).toEqual({ kind: "id", id: 3 });
    expect(instead.warning?.args).toEqual(["mask", "piece 3"]);
  });

  it("is the mask token where ids are replaced and zeros are asked for, which is said; where embeddings are fed it is not needed", () => {
    const zero = resolveBaseline("zero", vocabulary({ mask: 4 }), false);
    expect(zero).toMatchObject({
      replacement: { id: 4 },
      placeholder: { id: 4 },
      embedded: { id: -1 },
      ofRows: "mask",
      ofEmbeddings: "zero",
    });
    expect(zero.warning?.args).toEqual(["piece 4"]);
    const fed = resolveBaseline("zero", vocabulary({ mask: 4 }), true);
    expect(fed).toMatchObject({ replacement: { id: -1 }, placeholder: { id: 4 }, ofRows: "zero", warning: null });
  });

  it("is a vector where the mean of all words is asked for and embeddings are fed, else the mask token, which is said", () => {
    const fed = resolveBaseline("mean", vocabulary({ mask: 4 }), true);
    expect(fed).toMatchObject({ replacement: { id: -2 }, placeholder: { id: 4 }, ofRows: "mean", warning: null });
    const ids = resolveBaseline("mean", vocabulary({ mask: 4 }), false);
    expect(ids).toMatchObject({ replacement: { id: 4 }, embedded: { id: -2 }, ofRows: "mask", ofEmbeddings: "mean" });
    expect(ids.warning?.template).toContain("The mean of all word embeddings");
  });

  it("is not needed where tokens are deleted", () => {
    expect(() => resolveBaseline("unk", vocabulary({ pad: 1 }), true)).toThrow(/Choose the baseline delete/);
    expect(resolveBaseline("delete", vocabulary({}), true)).toEqual({
      replacement: { kind: "delete" },
      placeholder: null,
      embedded: { kind: "id", id: -1 },
      ofRows: "delete",
      ofEmbeddings: "zero",
      warning: null,
    });
  });
});

describe("another text as the baseline", () => {
  const token = (index: number, id: number, special = false): Token => ({
    index,
    id,
    piece: "",
    text: "",
    start: index,
    end: index,
    special,
    segment: 0,
  });
  const text = [token(0, 90, true), token(1, 11), token(2, 12), token(3, 13), token(4, 91, true)];
  const tokenizer = {
    ...vocabulary({ mask: 4 }),
    encodeContent: (words: string) =>
      words
        .split(" ")
        .filter(Boolean)
        .map((word, at) => token(at, Number(word))),
  };
  const standingFor = (baselineText: string, pair: string | null = null) =>
    otherText({ baselineText, pair }, text, tokenizer);

  it("stands token for token, special ones aside", () => {
    const exact = standingFor("21 22 23");
    expect(exact).toMatchObject({ ofRows: "otherText", ofEmbeddings: "otherText", warning: null });
    expect([0, 1, 2, 3, 4].map((at) => idAt(exact.embedded, at))).toEqual([90, 21, 22, 23, 91]);
    expect(exact.replacement).toEqual(exact.embedded);
  });

  it("is filled up with the mask token or cut, which is said", () => {
    const short = standingFor("21");
    expect([1, 2, 3].map((at) => idAt(short.embedded, at))).toEqual([21, 4, 4]);
    expect(short.warning?.args).toEqual([1, 3, "piece 4", 2]);
    const long = standingFor("21 22 23 24 25");
    expect([1, 2, 3].map((at) => idAt(long.embedded, at))).toEqual([21, 22, 23]);
    expect(long.warning?.args).toEqual([5, 3, 2]);
    for (const warning of [short.warning, standingFor("21 22").warning, standingFor("21 22 23 24").warning]) {
      expect(warning && formatMessage(warning)).not.toMatch(/\b1 (tokens|of the other were)|last 1\b/);
    }
  });

  it("is refused for a pair, and without a token", () => {
    expect(() => standingFor("21", "second")).toThrow(/not for a pair/);
    expect(() => otherText({ baselineText: "x", pair: null }, text, { ...tokenizer, encodeContent: () => [] })).toThrow(
      /no token in the other text/,
    );
  });
});
