import { describe, expect, it } from "vitest";
import { classColours, type PerClass } from "../../../src/common/classColours";
import { dimBucket, paintPlan } from "../../../src/editor/paint";
import { attribution, sampleExplanation } from "./fixture";

const both = { importance: "lime", attention: "rollout", perClass: false } as const;

describe("paintPlan", () => {
  const plan = paintPlan(sampleExplanation(), both);
  const at = (start: number) => plan.find((span) => span.start === start);

  it("gives each part of a word its own colours, strongest 5", () => {
    expect(at(2)).toEqual({ start: 2, end: 10, importance: 5, attention: 5, own: 0, segment: 0 });
    expect(at(12)?.importance).toBe(-1);
    expect(at(14)?.importance).toBe(-2);
    expect(at(21)?.importance).toBe(-3);
  });

  it("leaves spaces, special tokens and what is near zero without background", () => {
    const text = sampleExplanation().text;
    expect(plan.every(({ start, end }) => text.slice(start, end).trim() === text.slice(start, end))).toBe(true);
    expect(at(10)?.importance ?? 0).toBe(0);
    expect(plan.every(({ start, end }) => end > start)).toBe(true);
  });

  it("draws no bar under what receives little more than an even share of attention", () => {
    // Shares of 0.1, 0.4, 0.05, 0.01, 0.02, 0.1 and 0.2: 0.126 each would be even.
    expect(plan.filter(({ attention }) => attention > 0).map(({ start }) => start)).toEqual([2, 27]);
    const even = { ...attribution("rollout", [0, 0.1, 0.11, 0.1, 0.1, 0.1, 0.1, 0.1, 0]) };
    expect(paintPlan(sampleExplanation({ attributions: [even] }), both)).toEqual([]);
  });

  it("switches each channel off on its own", () => {
    const explanation = sampleExplanation();
    expect(paintPlan(explanation, { ...both, attention: null }).every(({ attention }) => attention === 0)).toBe(true);
    expect(paintPlan(explanation, { ...both, importance: null }).every(({ importance }) => importance === 0)).toBe(
      true,
    );
    expect(paintPlan(explanation, { ...both, importance: null, attention: null })).toEqual([]);
  });

  it("draws tokens that share their characters once, with the sum of their scores", () => {
    const tokens = sampleExplanation().tokens.map((token) =>
      token.index === 5 ? { ...token, start: 12, end: 14 } : token,
    );
    const shared = paintPlan(sampleExplanation({ tokens }), both).filter(({ start }) => start === 12);
    expect(shared).toHaveLength(1);
    expect(shared[0]?.importance).toBe(-3);
  });

  it("colours whole words when words have the scores", () => {
    const words = { ...attribution("lime", [0.1, 0.5, -0.5, 0.2]), units: "word" as const };
    const found = paintPlan(sampleExplanation({ attributions: [words] }), both);
    expect(found.find(({ start }) => start === 12)).toMatchObject({ end: 20, importance: -5 });
  });
});

describe("a score within its error", () => {
  const standardErrors = [0, 0.02, 0.11, 0.001, 0.01, 0.05, 0.01, 0.02, 0];
  const lime = { ...attribution("lime", [0, 0.02, 0.2, 0.001, -0.04, -0.08, -0.12, 0.03, 0]), standardErrors };
  const bucketsOf = (change: object): (number | undefined)[] =>
    [0, 2, 12, 14, 21, 27].map(
      (start) =>
        paintPlan(sampleExplanation({ attributions: [{ ...lime, ...change }] }), both).find(
          (span) => span.start === start,
        )?.importance,
    );

  it("is not coloured, and the strongest that is not sets the scale, in partial results too", () => {
    const expected = [undefined, undefined, -2, undefined, -5, undefined];
    expect(bucketsOf({})).toEqual(expected);
    expect(bucketsOf({ partial: true })).toEqual(expected);
  });

  it("is not coloured, nor is any other, where the local model says no more than a constant", () => {
    const nothing = bucketsOf({ scores: lime.scores.map(() => 0) });
    expect(bucketsOf({ quality: { r2: -0.2 } })).toEqual(nothing);
    expect(bucketsOf({ quality: { r2: 0 }, partial: true })).toEqual(nothing);
    expect(bucketsOf({ quality: { r2: 0.1 } })).toEqual(bucketsOf({}));
  });

  it("is every score whose error is not known yet", () => {
    const unknown = JSON.parse(JSON.stringify(standardErrors.map(() => Number.POSITIVE_INFINITY)));
    expect(bucketsOf({ standardErrors: unknown })).toEqual(bucketsOf({ scores: lime.scores.map(() => 0) }));
  });

  it("is taken with the errors of all tokens that share its characters", () => {
    const tokens = sampleExplanation().tokens.map((token) =>
      token.index === 5 ? { ...token, start: 12, end: 14 } : token,
    );
    const shared = paintPlan(sampleExplanation({ tokens, attributions: [lime] }), both);
    expect(shared.find(({ start }) => start === 12)?.importance).toBe(-5);
    const wide = { ...lime, standardErrors: standardErrors.map((error, index) => (index === 5 ? 0.07 : error)) };
    const hidden = paintPlan(sampleExplanation({ tokens, attributions: [wide] }), both);
    expect(hidden.find(({ start }) => start === 12)).toBeUndefined();
  });
});

describe("colours per class", () => {
  /** The buckets of a text's strongest word, which speaks for the explained class. */
  const strongest = (label: string, perClass: PerClass, labels = ["negative", "positive"]): number | undefined => {
    const { target, model } = sampleExplanation();
    const explanation = sampleExplanation({ target: { ...target, label }, model: { ...model, labels } });
    return paintPlan(explanation, { ...both, perClass }).find(({ start }) => start === 2)?.importance;
  };

  it("give what speaks for either of two opposed classes a hue of its own", () => {
    expect([strongest("positive", "auto"), strongest("negative", "auto")]).toEqual([5, -5]);
    expect([strongest("positive", false), strongest("negative", false)]).toEqual([5, 5]);
  });

  it("are for all pairs where the person says so, and for opposed names otherwise", () => {
    const pairs: [string, string][] = [
      ["NEGATIVE", "POSITIVE"],
      ["LABEL_0", "LABEL_1"],
      ["spam", "ham"],
      ["entailment", "not_entailment"],
      ["unacceptable", "acceptable"],
      ["sport", "politics"],
    ];
    const named = (labels: [string, string]) => ({ model: { ...sampleExplanation().model, labels } });
    const blueOf = (perClass: PerClass) =>
      pairs.map(
        (labels) => classColours({ ...named(labels), prediction: { kind: "classes" } }, perClass)?.supports ?? null,
      );
    expect(blueOf("auto")).toEqual(["POSITIVE", null, "ham", "entailment", "acceptable", null]);
    expect(blueOf(true)).toEqual(["POSITIVE", "LABEL_1", "ham", "entailment", "acceptable", "politics"]);
    expect(blueOf(false)).toEqual(pairs.map(() => null));
    expect(classColours({ ...named(["yes", "no"]), prediction: { kind: "number" } }, true)).toBeNull();
    expect(strongest("negative", true, ["negative", "neutral", "positive"])).toBe(5);
  });
});

describe("dimBucket", () => {
  it("keeps the side and loses the strength", () => {
    expect([-5, -3, -1, 0, 1, 2, 5].map((bucket) => dimBucket(bucket) + 0)).toEqual([-2, -1, 0, 0, 0, 1, 2]);
  });
});

describe("what a prediction colours by itself", () => {
  it("takes the place of importance, as strongly as it says, and says nothing of what it does not speak of", () => {
    const bits = [0, 1, 3, 5, 8, 11, 20, 2];
    const prediction = {
      kind: "surprise",
      perplexity: 2,
      position: 2,
      tokens: bits.flatMap((bits, token) => (token === 0 ? [] : [{ token, id: 1, bits, rank: 1, alternatives: [] }])),
    } as const;
    const plan = paintPlan(sampleExplanation({ prediction }), { ...both, attention: null, own: true });
    expect(plan.map(({ start, own, importance }) => [start, own, importance])).toEqual([
      [2, 1, 0],
      [10, 2, 0],
      [12, 3, 0],
      [14, 4, 0],
      [21, 5, 0],
      [27, 1, 0],
    ]);
    expect(paintPlan(sampleExplanation({ prediction }), both).some(({ own }) => own > 0)).toBe(false);
  });
});
