import { describe, expect, it } from "vitest";
import { insertionOf, placesOf, questionAt } from "../../../src/common/prediction/registry";

const token = (text: string, start: number, segment = 0, special = false) => {
  return { text, start, end: start + text.length, segment, special };
};
const step = (text: string) => ({ id: 1, piece: text, text, logProbability: -1, alternatives: [] });

describe("what is written into a document", () => {
  it("is a word in place of its blank, with the space before that and without marks of the vocabulary", () => {
    const words = [" mat", "##s"].map((word, id) => ({ word, id, logit: 1, probability: 0.5 }));
    const prediction = { kind: "fill", position: 1, words } as const;
    const tokens = [token("the", 0), token(" [MASK]", 3)];
    expect(insertionOf({ prediction, tokens }, 0)).toEqual({ text: " mat", place: { start: 3, end: 10 } });
    expect(insertionOf({ prediction, tokens: [token("", 0), token("[MASK]", 4)] }, 1)).toEqual({
      text: "s",
      place: { start: 4, end: 10 },
    });
    expect(insertionOf({ prediction, tokens }, 7)).toBeNull();
    const bytes = { ...prediction, words: [{ word: " <0xE4>", id: 0, logit: 1, probability: 0.5 }] };
    expect(insertionOf({ prediction: bytes, tokens }, 0)).toBeNull();
    expect(insertionOf({ prediction, tokens }, null)).toBeNull();
  });

  it("is a continuation behind its text, and what a decoder writes on a line of its own", () => {
    const prediction = { kind: "generated", text: " So it is", steps: [step(" So")], step: 0, end: "stop" } as const;
    expect(insertionOf({ prediction, tokens: [token("A", 0)] }, null)).toEqual({ text: " So it is", place: null });
    const decoder = [token("A", 0), token("", 0, 2, true)];
    expect(insertionOf({ prediction, tokens: decoder }, null)).toEqual({ text: "\nSo it is", place: null });
  });

  it("is nothing of other predictions", () => {
    expect(insertionOf({ prediction: { kind: "none" }, tokens: [] }, null)).toBeNull();
  });
});

describe("what can be asked of a prediction", () => {
  it("is each token that was written, by its place in the output too", () => {
    const steps = ["Ein", " feiner", ""].map(step);
    const prediction = { kind: "generated", text: "Ein feiner", steps, step: 0, end: "stop" } as const;
    expect(placesOf(prediction).map(({ position, label }) => [position, label])).toEqual([
      [0, "Ein"],
      [1, " feiner"],
      [2, ""],
    ]);
    const at = (offset: number) => questionAt(prediction, { isWritten: true, offset });
    expect([at(0), at(2), at(3), at(9), at(10)]).toEqual([
      { position: 0 },
      { position: 0 },
      { position: 1 },
      { position: 1 },
      null,
    ]);
    expect(questionAt(prediction, { isWritten: false, offset: 0 })).toBeNull();
  });
});
