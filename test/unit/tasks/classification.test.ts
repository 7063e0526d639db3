import { describe, expect, it } from "vitest";
import {
  classProbabilities,
  classScores,
  findLabel,
  resolveTarget,
  sigmoid,
  targetLogOdds,
  targetValue,
} from "../../../src/tasks/classification";
import { reasonOf } from "../../support/reasonOf";

const head = { labels: ["negative", "neutral", "Positive"], multiLabel: false };

describe("probabilities", () => {
  it("are a softmax: closed form for logits 0 and ln 3, and safe for huge logits", () => {
    const [first, second] = classProbabilities([0, Math.log(3)], false);
    expect(first).toBeCloseTo(0.25, 12);
    expect(second).toBeCloseTo(0.75, 12);
    expect(classProbabilities([1000, 0], false)).toEqual([1, 0]);
  });

  it("are a sigmoid each for multi-label models", () => {
    const probabilities = classProbabilities([0, Math.log(3)], true);
    expect(probabilities[0]).toBeCloseTo(0.5, 12);
    expect(probabilities[1]).toBeCloseTo(0.75, 12);
  });

  it("list the most probable class first and keep class numbers", () => {
    const scores = classScores(head, [1, 3, 2]);
    expect(scores.map(({ index }) => index)).toEqual([1, 2, 0]);
    expect(scores.map(({ label }) => label)).toEqual(["neutral", "Positive", "negative"]);
    expect(scores.map(({ logit }) => logit)).toEqual([3, 2, 1]);
  });
});

describe("labels", () => {
  it("are found by spelling, in any case, and by number", () => {
    expect(findLabel(head, "neutral")).toBe(1);
    expect(findLabel(head, " positive ")).toBe(2);
    const shown = { labels: ["a b", `${"x".repeat(199)}…`], multiLabel: false };
    expect(findLabel(shown, "\u202ea\nb")).toBe(0);
    expect(findLabel(shown, "x".repeat(5000))).toBe(1);
    expect(findLabel(head, "0")).toBe(0);
  });

  it("win over numbers, and exact spelling over another case", () => {
    expect(findLabel({ labels: ["1", "0"], multiLabel: false }, "0")).toBe(1);
    expect(findLabel({ labels: ["Yes", "yes"], multiLabel: false }, "yes")).toBe(1);
  });

  it("that do not exist are refused with the list", () => {
    expect(reasonOf(() => findLabel(head, "3"))).toBe("label-unknown");
    expect(reasonOf(() => findLabel(head, "-1"))).toBe("label-unknown");
    expect(() => findLabel(head, "happy")).toThrow(/negative, neutral, Positive/);
  });

  it("cannot be compared with themselves", () => {
    const prediction = classScores(head, [1, 3, 2]);
    expect(resolveTarget(head, null, "negative", prediction)).toEqual({ index: 1, versus: 0 });
    expect(reasonOf(() => resolveTarget(head, null, "1", prediction))).toBe("label-unknown");
  });
});

describe("targets", () => {
  const logits = [0.3, -1.2, 2.1];

  it("are a logit, or the difference of two", () => {
    expect(targetValue({ index: 2, versus: null }, logits)).toBe(2.1);
    expect(targetValue({ index: 2, versus: 0 }, logits)).toBeCloseTo(1.8, 12);
  });

  it("have log-odds whose sigmoid is the probability", () => {
    for (const index of [0, 1, 2]) {
      const logOdds = targetLogOdds({ index, versus: null }, false, logits);
      expect(sigmoid(logOdds)).toBeCloseTo(classProbabilities(logits, false)[index] ?? 0, 12);
    }
    expect(sigmoid(targetLogOdds({ index: 2, versus: null }, true, logits))).toBeCloseTo(sigmoid(2.1), 12);
    expect(targetLogOdds({ index: 2, versus: 0 }, false, logits)).toBeCloseTo(1.8, 12);
  });
});
