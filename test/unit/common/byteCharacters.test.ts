import { describe, expect, it } from "vitest";
import { byteCharacters, incompleteBytes, shownPiece } from "../../../src/common/byteCharacters";
import { outcomesOf, placesOf } from "../../../src/common/prediction/registry";
import { wordOf } from "../../../src/tasks/vocabulary";

/** The byte-level spelling of bytes, as GPT-2's vocabulary has it. */
const spelled = (...bytes: readonly number[]) => bytes.map((byte) => byteCharacters[byte]).join("");

describe("pieces that hold part of a character", () => {
  it.each([
    [[0xe4], "<0xE4>"],
    [[0xe4, 0xbd], "<0xE4><0xBD>"],
    [[0x20, 0xf0, 0x9f], " <0xF0><0x9F>"],
    [[0xa0, 0xc3, 0xa9, 0xe2], "<0xA0>é<0xE2>"],
    // A character that is encoded longer than it must be, and half of one that stands for no character.
    [[0xc0, 0xaf], "<0xC0><0xAF>"],
    [[0xed, 0xa0, 0x80], "<0xED><0xA0><0x80>"],
    [[0x0a, 0x80], "\n<0x80>"],
  ])("of the bytes %j are shown as %j", (bytes, shown) => {
    expect(incompleteBytes(spelled(...bytes))).toBe(shown);
  });

  it("are told from whole ones, from what is no byte-level piece, and from a character that stands for what is none", () => {
    for (const piece of [
      spelled(0x20, 0x61),
      spelled(0xc3, 0xa9),
      "</s>",
      "▁der",
      "##s",
      "中",
      spelled(0xef, 0xbf, 0xbd),
      "",
    ]) {
      expect(incompleteBytes(piece)).toBeNull();
      expect(shownPiece(piece)).toBe(piece);
    }
    expect(incompleteBytes("<0xE4>")).toBe("<0xE4>");
    expect(incompleteBytes("<0xE4> ")).toBeNull();
  });

  it("are words by their bytes, and other pieces as the decoder has them", () => {
    const pieces = [spelled(0xe4, 0xbd), spelled(0x20, 0x61), "</s>", "<0xE4>", spelled(0xef, 0xbf, 0xbd)];
    const decoded = ["\uFFFD", " a", "", "\uFFFD", "\uFFFD"];
    const vocabulary = {
      decode: ([id = 0]: readonly number[]) => decoded[id] ?? "",
      idToPiece: (id: number) => pieces[id] ?? null,
    };
    expect(pieces.map((_, id) => wordOf(id, vocabulary))).toEqual(["<0xE4><0xBD>", " a", "</s>", "<0xE4>", "\uFFFD"]);
    expect(wordOf(9, vocabulary)).toBe("9");
  });

  it("are so in the list of what could have come and of what was written", () => {
    const step = (id: number, text: string, ...bytes: readonly number[]) => {
      const alternatives = [{ id: 9, word: " a", logProbability: -1 }];
      return { id, piece: spelled(...bytes), text, logProbability: -2, alternatives };
    };
    const steps = [step(1, "", 0xe4, 0xbd), step(2, "你", 0xa0)];
    const prediction = { kind: "generated", text: "你", steps, step: 0, end: "length" } as const;
    expect(outcomesOf(prediction).map(({ label }) => label)).toEqual(["<0xE4><0xBD>", "a"]);
    expect(placesOf(prediction).map(({ label }) => label)).toEqual(["<0xE4><0xBD>", "你"]);
  });
});
