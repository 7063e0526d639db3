import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatMessage } from "../../../src/common/message";
import { relativeChange } from "../../../src/measures/maxSensitivity";
import type { Circumstance, Compared, Rerunnable } from "../../../src/measures/measure";
import { measureKinds } from "../../../src/measures/registry";
import { additiveGame } from "../methods/games";

const run = { seed: 3, signal: new AbortController().signal };
const scores = [0.4, -0.1, 0.2, 0.3];

/** A method that gives other scores under each circumstance, and keeps what it was asked. */
function method(other: (circumstance: Circumstance) => Compared | null, changes: Partial<Rerunnable> = {}) {
  const asked: Circumstance[] = [];
  const rerunnable: Rerunnable = {
    cost: 7,
    text: "A fine film.",
    draws: true,
    layers: () => 3,
    hasOtherLabel: true,
    noiseCost: 5,
    again: async (circumstance) => {
      asked.push(circumstance);
      return other(circumstance);
    },
    ...changes,
  };
  return { asked, question: { target: additiveGame(scores, 0.1), scores, signed: true, method: rerunnable } };
}

const reversed = scores.map((score) => -score);
const same: Compared = [scores, scores];

describe("random layers", () => {
  it("follow the order of the scores while ever more layers are random, and end in a doubt where it stays", async () => {
    const { asked, question } = method((one) => [scores, one.kind === "layers" && one.count < 3 ? scores : reversed]);
    const { randomLayers } = measureKinds;
    const found = await randomLayers.run(question, run);
    expect(asked).toEqual([1, 2, 3].map((count) => ({ kind: "layers", count })));
    expect(found).toEqual({
      value: -1,
      spread: null,
      curve: { x: [0, 1 / 3, 2 / 3, 1], y: [1, 1, 1, -1] },
      scale: "none",
      notes: [],
    });
    const kept = await randomLayers.run(method(() => same).question, run);
    expect(kept?.value).toBe(1);
    expect(kept?.notes?.map(formatMessage)[0]).toContain("explains the text, not the model");
    expect(randomLayers.planned({ features: 4, method: question.method })).toBe(21);
  });

  it("are at most four models, evenly spaced from the classifier alone to all layers random", async () => {
    const { asked, question } = method(() => same, { layers: () => 26 });
    await measureKinds.randomLayers.run(question, run);
    expect(asked.map((one) => (one.kind === "layers" ? one.count : 0))).toEqual([1, 9, 18, 26]);
  });

  it("are two models for a method that takes many evaluations", async () => {
    const { asked, question } = method(() => same, { layers: () => 26, cost: 100 });
    await measureKinds.randomLayers.run(question, run);
    expect(asked.map((one) => (one.kind === "layers" ? one.count : 0))).toEqual([1, 26]);
  });

  it("say nothing without the model that is random altogether, nor of random scores", async () => {
    const { question } = method((one) => (one.kind === "layers" && one.count === 3 ? null : same));
    expect(await measureKinds.randomLayers.run(question, run)).toBeNull();
    expect(measureKinds.randomLayers.planned({ features: 4, method: null })).toBeNull();
  });
});

describe("another label", () => {
  it("should turn the order round, and is doubted where it does not", async () => {
    const turned = await measureKinds.otherLabel.run(method(() => [scores, reversed]).question, run);
    expect(turned).toMatchObject({ value: -1, notes: [] });
    const kept = await measureKinds.otherLabel.run(method(() => same).question, run);
    expect(kept?.notes?.map(formatMessage)[0]).toContain("hardly depend on what is explained");
    const sized = await measureKinds.otherLabel.run({ ...method(() => same).question, signed: false }, run);
    expect(sized?.notes).toEqual([]);
    const none = method(() => same, { hasOtherLabel: false }).question;
    expect(measureKinds.otherLabel.planned({ features: 4, method: none.method })).toBeNull();
  });
});

describe("stability", () => {
  it("over seeds is the mean order over pairs of three seeds, of methods that draw", async () => {
    const { asked, question } = method((one) => [scores, one.kind === "seed" && one.seed === 5 ? reversed : scores]);
    const found = await measureKinds.seedStability.run(question, run);
    expect(asked).toEqual([4, 5].map((seed) => ({ kind: "seed", seed })));
    // The third seed is turned round against each of the others.
    expect(found?.value).toBeCloseTo(-1 / 3, 12);
    expect(found?.spread).toBeCloseTo(Math.sqrt(4 / 3), 12);
    const fixed = method(() => same, { draws: false }).question;
    expect(measureKinds.seedStability.planned({ features: 4, method: fixed.method })).toBeNull();
  });

  it("over edits changes case, the final full stop and a space, and no word", async () => {
    const editsOf = async (text: string) => {
      const { asked, question } = method(() => same, { text });
      await measureKinds.editStability.run(question, run);
      return asked.map((one) => (one.kind === "edit" ? one.text : ""));
    };
    expect(await editsOf("A fine film.")).toEqual(["a fine film.", "A fine film", "A fine  film."]);
    expect(await editsOf("a fine film")).toEqual(["A fine film", "a fine film.", "a fine  film"]);
    expect(await editsOf("fine!")).toEqual(["Fine!"]);
    const paired = method(() => same, { text: null }).question;
    expect(measureKinds.editStability.planned({ features: 4, method: paired.method })).toBeNull();
  });
});

describe("max-sensitivity", () => {
  it("is the worst change of ten draws, relative to the scores of the method without noise", async () => {
    const { asked, question } = method((one) => [
      scores,
      // Without noise it gives other scores than it gave: under noise it takes fewer steps.
      scores.map((score) => 2 * score * (1 + (one.kind === "noise" && one.radius > 0 ? one.draw / 10 : 0))),
    ]);
    expect((await measureKinds.maxSensitivity.run(question, run))?.value).toBeCloseTo(0.9, 12);
    expect(asked).toHaveLength(11);
    expect(measureKinds.maxSensitivity.planned({ features: 4, method: question.method })).toBe(55);
    const blind = method(() => same, { noiseCost: null }).question;
    expect(measureKinds.maxSensitivity.planned({ features: 4, method: blind.method })).toBeNull();
  });

  it("is captum's, given the same draws", () => {
    interface Case {
      readonly scores: number[];
      readonly others: number[][];
      readonly sensitivity: number;
    }
    const cases: Case[] = JSON.parse(
      readFileSync(new URL("../../golden/measures/cases.json", import.meta.url), "utf8"),
    ).sensitivities;
    expect(cases).toHaveLength(3);
    for (const { scores: own, others, sensitivity } of cases) {
      const found = Math.max(...others.map((other) => relativeChange(own, other)));
      expect(found / sensitivity).toBeCloseTo(1, 6);
    }
  });
});
