import { describe, expect, it } from "vitest";
import type { Token } from "../../../src/common/explanation";
import { maskedLanguageModel } from "../../../src/tasks/maskedLanguageModel";

const mask = 9;
const head = {
  labels: [],
  gives: "softmax",
  vocabulary: {
    specials: { mask, unk: null },
    encodeContent: () => [],
    continues: () => false,
    decode: () => "",
    idToPiece: () => "[MASK]",
    pieceToId: () => null,
  },
} as const;

describe("a word that becomes a blank", () => {
  it("has its characters once, also where its pieces share one", () => {
    const text = "𝕋he cat";
    const token = (index: number, start: number, end: number): Token => {
      return { index, id: index, piece: "p", text: text.slice(start, end), start, end, special: false, segment: 0 };
    };
    // Two byte pieces of one character stand for all of it each.
    const tokens = [token(0, 0, 2), token(1, 0, 2), token(2, 2, 4), token(3, 5, 8)];
    const words = [
      { start: 0, end: 4, segment: 0, tokens: [0, 1, 2] },
      { start: 5, end: 8, segment: 0, tokens: [3] },
    ] as const;
    const question = {
      target: null,
      versus: null,
      position: 1,
      threshold: 0.5,
      zeroShot: { labels: "", template: "", several: false },
    };
    const asked = maskedLanguageModel.ask?.(
      { text, pair: null, tokens, words, begins: [], continuation: null },
      question,
      head,
    );
    expect(asked?.tokens.map(({ id, text: own, start, end }) => [id, own, start, end])).toEqual([
      [mask, "𝕋he", 0, 4],
      [3, "cat", 5, 8],
    ]);
  });
});
