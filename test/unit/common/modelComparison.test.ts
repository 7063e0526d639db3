import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/common/explanation";
import { distanceFrom } from "../../../src/common/modelComparison";
import { sampleExplanation } from "../editor/fixture";

const explanation = sampleExplanation();
const [attribution] = explanation.attributions;
const method = attribution?.method ?? "lime";

/** The sample with other scores. */
function scored(change: (score: number, at: number) => number): Explanation {
  const attributions = attribution ? [{ ...attribution, scores: attribution.scores.map(change) }] : [];
  return sampleExplanation({ attributions });
}

describe("the distance of a model from another", () => {
  it("is nothing from itself, and no order changes where all scores are doubled", () => {
    expect(distanceFrom(explanation, explanation, method)).toEqual({
      sameAnswer: true,
      change: { value: 0, isProbability: true },
      tau: 1,
      largest: expect.closeTo(0, 12),
    });
    expect(
      distanceFrom(
        explanation,
        scored((score) => 2 * score),
        method,
      ),
    ).toMatchObject({ tau: 1, largest: 0.5 });
    expect(
      distanceFrom(
        explanation,
        scored((score) => -score),
        method,
      ),
    ).toMatchObject({ tau: -1, largest: 2 });
  });

  it("is how much more the explained class gets, whatever comes first", () => {
    const prediction = {
      ...explanation.prediction,
      classes: [
        { index: 0, label: "negative", logit: 1, probability: 0.75 },
        { index: 1, label: "positive", logit: 0, probability: 0.25 },
      ],
    } as Explanation["prediction"];
    const distance = distanceFrom(explanation, sampleExplanation({ prediction }), method);
    expect(distance.sameAnswer).toBe(false);
    expect(distance.change?.value).toBeCloseTo(0.25 - 0.987, 3);
  });

  it("is not told where words differ, or a method did not run", () => {
    const other = sampleExplanation({ text: "Another text", tokens: [], words: [] });
    expect(distanceFrom(explanation, other, method)).toMatchObject({ tau: null, largest: null });
    expect(distanceFrom(explanation, explanation, "gradCam")).toMatchObject({ tau: null, largest: null });
  });
});
