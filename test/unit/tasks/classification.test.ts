import { describe, expect, it } from "vitest";
import { defaultOptions } from "../../../src/common/options";
import { headlineOf, outcomesOf } from "../../../src/common/prediction/registry";
import { predictionWords } from "../../../src/common/words";
import { classProbabilities } from "../../../src/tasks/classification";
import { findLabel } from "../../../src/tasks/labels";
import { openTask } from "../../../src/tasks/registry";
import { sigmoid, targetLogOdds, targetSeed, targetValue } from "../../../src/tasks/target";
import { classesPrediction, readWindows } from "../../support/predictions";
import { reasonOf } from "../../support/reasonOf";
import { tinyVocabulary } from "../../support/tinyModel";

const vocabulary = tinyVocabulary();
const labels = ["negative", "neutral", "Positive"];
const question = defaultOptions;
const nothing = readWindows();
const task = openTask("text-classification", { width: 3, labels: () => labels, gives: "softmax", vocabulary });

describe("probabilities", () => {
  it("are a softmax: closed form for logits 0 and ln 3, and safe for huge logits", () => {
    const [first, second] = classProbabilities([0, Math.log(3)], "softmax");
    expect(first).toBeCloseTo(0.25, 12);
    expect(second).toBeCloseTo(0.75, 12);
    expect(classProbabilities([1000, 0], "softmax")).toEqual([1, 0]);
  });

  it("are a sigmoid each for multi-label models", () => {
    const probabilities = classProbabilities([0, Math.log(3)], "sigmoid");
    expect(probabilities[0]).toBeCloseTo(0.5, 12);
    expect(probabilities[1]).toBeCloseTo(0.75, 12);
  });

  it("list the most probable class first and keep class numbers", () => {
    const scores = outcomesOf(task.predict(readWindows([1, 3, 2]), question));
    expect(scores.map(({ index }) => index)).toEqual([1, 2, 0]);
    expect(scores.map(({ label }) => label)).toEqual(["neutral", "Positive", "negative"]);
    expect(scores.map(({ logit }) => logit)).toEqual([3, 2, 1]);
  });
});

describe("labels with a probability each", () => {
  const multiLabel = openTask("text-classification", {
    width: 3,
    labels: () => labels,
    gives: "sigmoid",
    vocabulary: task.vocabulary,
  });
  const said = (threshold: number) =>
    headlineOf(multiLabel.predict(readWindows([2, -1, 0.1]), { ...question, threshold })).map(({ label }) => label);

  it("are said from the threshold on: all of them, one, or none", () => {
    expect(said(0.5)).toEqual(["negative", "Positive"]);
    expect(said(0.8)).toEqual(["negative"]);
    expect(said(0.99)).toEqual([]);
    expect(headlineOf(task.predict(readWindows([2, -1, 0.1]), question))).toHaveLength(1);
  });

  it("are written side by side, and a dash where there is none", () => {
    const words = (threshold: number) =>
      predictionWords(multiLabel.predict(readWindows([2, -1, 0.1]), { ...question, threshold }), 60);
    expect(words(0.5)).toBe("negative 88.1 %, Positive 52.5 %");
    expect(words(0.99)).toBe("–");
  });
});

describe("plain numbers", () => {
  const numbers = openTask("text-regression", {
    width: 2,
    labels: () => ["kind", "long"],
    gives: "number",
    vocabulary,
  });

  it("have no probability, stand in the model's order and are explained as they are", () => {
    const read = readWindows([-1, 3]);
    const prediction = numbers.predict(read, question);
    expect(prediction).toEqual({
      kind: "number",
      value: -1,
      numbers: [
        { index: 0, label: "kind", logit: -1, probability: null },
        { index: 1, label: "long", logit: 3, probability: null },
      ],
    });
    const first = numbers.target({ ...question, target: null, versus: null }, prediction, read);
    expect(first).toMatchObject({ label: "kind", versus: null, kind: "number", link: "identity" });
    const second = numbers.target({ ...question, target: "long", versus: null }, prediction, read);
    expect(second.reads).toEqual([{ index: 1, weight: 1 }]);
    expect(targetLogOdds(second, [-1, 3])).toBe(3);
  });

  it("are not compared with each other, and one alone has no labels to choose from", () => {
    expect(() => numbers.target({ ...question, target: null, versus: "long" }, classesPrediction(), nothing)).toThrow(
      /Leave out what to compare/,
    );
    const one = openTask("text-regression", { width: 1, labels: () => ["score"], gives: "number", vocabulary });
    const read = readWindows([2]);
    const targetOf = (target: string) => one.target({ ...question, target }, one.predict(read, question), read);
    expect(targetOf("score").reads).toEqual([{ index: 0, weight: 1 }]);
    expect(() => targetOf("positive")).toThrow(/one number and has no labels.*Leave the label out/);
  });
});

describe("labels", () => {
  it("are found by spelling, in any case, and by number", () => {
    expect(findLabel(labels, "neutral")).toBe(1);
    expect(findLabel(labels, " positive ")).toBe(2);
    const shown = ["a b", `${"x".repeat(199)}…`];
    expect(findLabel(shown, "\u202ea\nb")).toBe(0);
    expect(findLabel(shown, "x".repeat(5000))).toBe(1);
    expect(findLabel(labels, "0")).toBe(0);
  });

  it("win over numbers, and exact spelling over another case", () => {
    expect(findLabel(["1", "0"], "0")).toBe(1);
    expect(findLabel(["Yes", "yes"], "yes")).toBe(1);
  });

  it("that do not exist are refused with the list", () => {
    expect(reasonOf(() => findLabel(labels, "3"))).toBe("label-unknown");
    expect(reasonOf(() => findLabel(labels, "-1"))).toBe("label-unknown");
    expect(() => findLabel(labels, "happy")).toThrow(/negative, neutral, Positive/);
  });

  it("cannot be compared with themselves", () => {
    const read = readWindows([1, 3, 2]);
    const prediction = task.predict(read, question);
    const target = task.target({ ...question, versus: "negative" }, prediction, read);
    expect(target).toMatchObject({ label: "neutral", versus: "negative", kind: "log-odds" });
    expect(reasonOf(() => task.target({ ...question, versus: "1" }, prediction, read))).toBe("label-unknown");
  });
});

describe("targets", () => {
  const logits = [0.3, -1.2, 2.1];
  const multiLabel = openTask("text-classification", { width: 3, labels: () => labels, gives: "sigmoid", vocabulary });
  const one = (index: number) =>
    task.target({ ...question, target: String(index), versus: null }, classesPrediction(), nothing);
  const two = task.target({ ...question, target: "2", versus: "0" }, classesPrediction(), nothing);

  it("are a logit, or the difference of two, and so are the gradients' seeds", () => {
    expect(targetValue(one(2), logits)).toBe(2.1);
    expect(targetValue(two, logits)).toBeCloseTo(1.8, 12);
    expect([...targetSeed(one(1), 3)]).toEqual([0, 1, 0]);
    expect([...targetSeed(two, 3)]).toEqual([-1, 0, 1]);
  });

  it("have log-odds whose sigmoid is the probability", () => {
    for (const index of [0, 1, 2]) {
      const logOdds = targetLogOdds(one(index), logits);
      expect(sigmoid(logOdds)).toBeCloseTo(classProbabilities(logits, "softmax")[index] ?? 0, 12);
    }
    const label = multiLabel.target({ ...question, target: "2", versus: null }, classesPrediction(), nothing);
    expect(sigmoid(targetLogOdds(label, logits))).toBeCloseTo(sigmoid(2.1), 12);
    expect(targetLogOdds(two, logits)).toBeCloseTo(1.8, 12);
  });
});
