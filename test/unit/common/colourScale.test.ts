import { describe, expect, it } from "vitest";
import { attentionBars, faintestOf, scoreBuckets } from "../../../src/common/colourScale";

const measured = (scores: readonly number[]) => scores.map((score) => ({ score, error: 0 }));

describe("bars for attention", () => {
  it("grow with what is more than an even share, and begin half above it", () => {
    // 0.2 each would be even: excesses of 1.4, 0.6, −0.4, −0.6 and −1.
    const weights = [0.48, 0.32, 0.12, 0.08, 0];
    expect(attentionBars(weights.map((weight) => ({ weight, tokens: 1 })))).toEqual([5, 3, 0, 0, 0]);
  });

  it("do not stand under a unit because it is long", () => {
    const sentences = [
      { weight: 0.6, tokens: 60 },
      { weight: 0.1, tokens: 10 },
      { weight: 0.3, tokens: 10 },
    ];
    expect(attentionBars(sentences)).toEqual([0, 0, 5]);
  });

  it("are none where there is no attention", () => {
    expect(attentionBars([{ weight: 0, tokens: 1 }])).toEqual([0]);
    expect(attentionBars([])).toEqual([]);
  });
});

describe("the faintest colour", () => {
  it("is a tenth of the strongest where scores are estimated with relevance, else a twentieth", () => {
    const scores = measured([1, 0.09, -0.11, 0.04]);
    const buckets = (method: "partitionShap" | "lrp" | "occlusion", converged: boolean | null) =>
      scoreBuckets(scores, faintestOf({ method, converged, quality: {} }));
    expect(buckets("partitionShap", null)).toEqual([5, 0, -1, 0]);
    expect(buckets("lrp", null)).toEqual([5, 0, -1, 0]);
    expect(buckets("partitionShap", true)).toEqual([5, 1, -1, 0]);
    expect(buckets("occlusion", null)).toEqual([5, 1, -1, 0]);
  });
});
