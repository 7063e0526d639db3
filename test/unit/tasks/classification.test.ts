import { describe, expect, it } from "vitest";
import {
  type ClassificationHead,
  classProbabilities,
  classScores,
  findLabel,
  resolveTarget,
  sigmoid,
  targetKind,
  targetLogOdds,
  targetValue,
} from "../../../src/tasks/classification";
import { reasonOf } from "../../support/reasonOf";

const head: ClassificationHead = { labels: ["negative", "neutral", "Positive"], gives: "softmax" };

describe("probabilities", () => {
  it("are a softmax: closed form for logits 0 and ln 3, and safe for huge logits", () => {
    const [first, second] = classProbabilities([0, Math.log(3)], "softmax") ?? [];
    expect(first).toBeCloseTo(0.25, 12);
    expect(second).toBeCloseTo(0.75, 12);
    expect(classProbabilities([1000, 0], "softmax")).toEqual([1, 0]);
  });

  it("are a sigmoid each for multi-label models", () => {
    const probabilities = classProbabilities([0, Math.log(3)], "sigmoid") ?? [];
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

describe("plain numbers", () => {
  const numbers: ClassificationHead = { labels: ["kind", "long"], gives: "number" };

  it("have no probability, stand in the model's order and are explained as they are", () => {
    const prediction = classScores(numbers, [-1, 3]);
    expect(prediction).toEqual([
      { index: 0, label: "kind", logit: -1, probability: null },
      { index: 1, label: "long", logit: 3, probability: null },
    ]);
    expect(resolveTarget(numbers, null, null, prediction)).toEqual({ index: 0, versus: null });
    expect(resolveTarget(numbers, "long", null, prediction)).toEqual({ index: 1, versus: null });
    expect(targetKind(numbers, { index: 1, versus: null })).toBe("number");
    expect(targetLogOdds({ index: 1, versus: null }, "number", [-1, 3])).toBe(3);
  });

  it("are not compared with each other, and one alone has no labels to choose from", () => {
    expect(() => resolveTarget(numbers, null, "long", classScores(numbers, [-1, 3]))).toThrow(
      /Leave out what to compare/,
    );
    const score: ClassificationHead = { labels: ["score"], gives: "number" };
    expect(findLabel(score, "score")).toBe(0);
    expect(() => findLabel(score, "positive")).toThrow(/one number and has no labels.*Leave the label out/);
  });
});

describe("labels", () => {
  it("are found by spelling, in any case, and by number", () => {
    expect(findLabel(head, "neutral")).toBe(1);
    expect(findLabel(head, " positive ")).toBe(2);
    const shown: ClassificationHead = { labels: ["a b", `${"x".repeat(199)}…`], gives: "softmax" };
    expect(findLabel(shown, "\u202ea\nb")).toBe(0);
    expect(findLabel(shown, "x".repeat(5000))).toBe(1);
    expect(findLabel(head, "0")).toBe(0);
  });

  it("win over numbers, and exact spelling over another case", () => {
    expect(findLabel({ labels: ["1", "0"], gives: "softmax" }, "0")).toBe(1);
    expect(findLabel({ labels: ["Yes", "yes"], gives: "softmax" }, "yes")).toBe(1);
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
      const logOdds = targetLogOdds({ index, versus: null }, "softmax", logits);
      expect(sigmoid(logOdds)).toBeCloseTo(classProbabilities(logits, "softmax")?.[index] ?? 0, 12);
    }
    expect(sigmoid(targetLogOdds({ index: 2, versus: null }, "sigmoid", logits))).toBeCloseTo(sigmoid(2.1), 12);
    expect(targetLogOdds({ index: 2, versus: 0 }, "softmax", logits)).toBeCloseTo(1.8, 12);
  });
});
