import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/common/explanation";
import { formatMessage } from "../../../src/common/message";
import {
  plausibilityOf,
  rationaleOf,
  readMarked,
  readRationale,
  whyNotCompared,
} from "../../../src/common/plausibility";
import { attribution, sampleExplanation } from "../editor/fixture";

// "A gorgeous, unsubtle ending.": tokens a(0–1) gorgeous(1–10) ,(10–11) un(12–14) ##subtle(14–20) ending(21–27) .(27–28)
const text = "A gorgeous, unsubtle ending.";
const found = (scores: readonly number[], rationale = "gorgeous|ending") =>
  plausibilityOf(
    sampleExplanation({ attributions: [attribution("lime", scores)] }),
    readRationale(rationale, text) ?? [],
  )[0];

describe("what people marked", () => {
  it("is passages, ranges, or a list of either", () => {
    const ranges = [
      { start: 2, end: 10 },
      { start: 21, end: 27 },
    ];
    expect(readRationale("gorgeous | ending", text)).toEqual(ranges);
    expect(readRationale("[[2, 10], [21, 27]]", text)).toEqual(ranges);
    expect(readRationale([[2, 10]], text)).toEqual(ranges.slice(0, 1));
    expect(readRationale(["gorgeous", "ending"], text)).toEqual(ranges);
    expect(readRationale("a film, a film|film", "a film, a film, film")).toEqual([
      { start: 0, end: 14 },
      { start: 16, end: 20 },
    ]);
    for (const wrong of [7, null, [[1]], { a: 1 }]) {
      expect(readRationale(wrong, text), String(wrong)).toBeNull();
    }
  });

  it("may be said for each of several passages, of which the one counts that shares most with what is explained", () => {
    const marked = readMarked({ gorgeous: "ending", "A gorgeous": [[12, 20]], ending: "gorgeous" }, text) ?? [];
    const of = (position: number | null, changes: Partial<Explanation> = {}) => {
      const explanation = sampleExplanation(changes);
      return rationaleOf({ ...explanation, target: { ...explanation.target, position } }, marked);
    };
    expect(of(1)).toEqual([{ start: 12, end: 20 }]);
    expect(of(2)).toEqual([{ start: 12, end: 20 }]);
    expect(of(6)).toEqual([{ start: 2, end: 10 }]);
    expect(of(3)).toEqual([]);
    expect(of(null)).toEqual([]);
    const entity = { index: 0, label: "FILM", logit: 1, probability: 0.9, start: 2, end: 27, text: "", tokens: [2, 6] };
    const prediction = { kind: "entities", position: null, entities: [entity], tokens: [] } as const;
    expect(of(6, { prediction })).toEqual([{ start: 21, end: 27 }]);
    expect(readMarked('{"ending": "gorgeous"}', text)).toEqual(readMarked({ ending: "gorgeous" }, text));
    expect(readMarked("gorgeous", text)).toEqual([{ about: null, words: [{ start: 2, end: 10 }] }]);
    const [twice] = readMarked({ aa: "b" }, "aa b aa") ?? [];
    expect(twice?.about).toEqual([
      { start: 0, end: 2 },
      { start: 5, end: 7 },
    ]);
    expect(readMarked({ ending: 7 }, text)).toBeNull();
    expect(() => readMarked({ film: "gorgeous" }, text)).toThrow("is not in its text: “film”");
  });

  it("is nothing where a cell is empty, and named where it is not in the text", () => {
    expect(readRationale("", text)).toEqual([]);
    expect(readRationale([], text)).toEqual([]);
    expect(found([0, 0.1, 0.9, 0, 0, 0, 0.8, 0, 0], "")).toBeUndefined();
    expect(() => readRationale("gorgeous|no such words", text)).toThrow("is not in its text: “no such words”");
    expect(readMarked(null, text)).toEqual([]);
    for (const outside of [
      [100, 110],
      [5, 2],
      [-1, 3],
      [21, 29],
      [4, 4],
    ]) {
      expect(() => readRationale([outside], text)).toThrow(`is not in its text: “[${outside}]”`);
    }
  });

  it("of a text's surprise is about the token that is explained, not the one before it", () => {
    const marked = readMarked({ gorgeous: "ending", A: "gorgeous" }, text) ?? [];
    const prediction = { kind: "surprise", tokens: [], perplexity: 2, position: 2 } as const;
    const { target, ...rest } = sampleExplanation({ prediction });
    expect(rationaleOf({ ...rest, target: { ...target, position: 1 } }, marked)).toEqual([{ start: 21, end: 27 }]);
  });

  it("is said not to be compared where it cannot be", () => {
    const whyOf = (ranges: readonly { start: number; end: number }[], changes = {}) => {
      const why = whyNotCompared(sampleExplanation({ attributions: [attribution("lime", [])], ...changes }), ranges);
      return why && formatMessage(why);
    };
    const gorgeous = [{ start: 2, end: 10 }];
    expect(whyOf(gorgeous)).toBeNull();
    expect(whyOf([])).toBeNull();
    expect(whyOf([{ start: 20, end: 21 }])).toContain("No token of the text");
    expect(whyOf([{ start: 0, end: 28 }])).toContain("the whole text");
    const byWord = { ...attribution("lime", []), units: "word" } as const;
    expect(whyOf(gorgeous, { attributions: [byWord] })).toContain("units of tokens");
  });

  it("is found in full by scores that are highest there", () => {
    expect(found([0, 0.1, 0.9, 0, 0, 0, 0.8, 0, 0])).toEqual({
      method: "lime",
      tokenF1: 1,
      iouF1: 1,
      auprc: 1,
      marked: 2 / 7,
    });
  });

  it("is found in part, by tokens and by passages", () => {
    // The highest two are gorgeous and the comma: one run of two tokens, half of which is marked.
    const half = found([0, 0, 0.9, 0.8, 0, 0, 0.1, 0, 0]);
    expect(half).toMatchObject({ tokenF1: 0.5 });
    expect(half?.iouF1).toBeCloseTo(2 / 3, 12);
    const none = found([0, 0.9, 0, 0.8, 0, 0, 0, 0, 0]);
    expect(none).toMatchObject({ tokenF1: 0, iouF1: 0 });
  });

  it("is nothing to be found where all or no token is marked", () => {
    expect(found([0, 1, 1, 1, 1, 1, 1, 1, 0], text)).toBeUndefined();
  });
});

describe("the area under precision and recall", () => {
  it("is that of scikit-learn's curve", () => {
    const { areas }: { areas: { scores: number[]; marked: number[]; area: number }[] } = JSON.parse(
      readFileSync(new URL("../../golden/measures/cases.json", import.meta.url), "utf8"),
    );
    expect(areas.length).toBeGreaterThan(2);
    for (const { scores, marked, area } of areas) {
      const ranges = marked.flatMap((is, at) => (is === 1 ? [{ start: at, end: at + 1 }] : []));
      const tokens = scores.map((_, index) => ({
        index,
        id: 1,
        piece: "x",
        text: "x",
        start: index,
        end: index + 1,
        special: false,
        segment: 0 as const,
      }));
      const [one] = plausibilityOf(sampleExplanation({ tokens, attributions: [attribution("lime", scores)] }), ranges);
      expect(one?.auprc).toBeCloseTo(area, 12);
    }
  });
});
