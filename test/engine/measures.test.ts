import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExplainRequest, Explanation } from "../../src/common/explanation";
import { measureIds, measureInfo, quickMeasureIds } from "../../src/common/measure";
import { formatMessage } from "../../src/common/message";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, requestFor } from "./support";

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(() => engine.dispose());

const explain = (text: string, changes: Partial<ExplainRequest>) =>
  engine.explain(requestFor(text, { methods: ["occlusion"], ...changes }), never);

/** The probability of what was predicted, with some tokens masked. */
async function masked(explanation: Explanation, request: ExplainRequest, tokens: readonly number[]): Promise<number> {
  const { prediction } = await engine.predictMasked(request, tokens, never);
  return outcomesOf(prediction).find(({ label }) => label === explanation.target.label)?.probability ?? Number.NaN;
}

describe("measures", () => {
  it("are none by default", async () => {
    expect((await explain("An odd film.", {})).measures).toEqual([]);
  });

  it("are what the predictions of masked texts say, for every method, beside random scores", async () => {
    const text = "It's not the worst film of the year, but hardly a good one.";
    const measures = ["comprehensiveness", "sufficiency"] as const;
    const methods = ["occlusion", "saliency", "attention"] as const;
    const explanation = await explain(text, { measures, methods });
    expect(explanation.measures.map(({ method }) => method)).toEqual([...methods, "random"]);
    const request = requestFor(text);
    const content = explanation.tokens.filter(({ special }) => !special).map(({ index }) => index);
    const whole = await masked(explanation, request, []);
    for (const { scores, method } of explanation.attributions) {
      const order = [...content].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
      let [without, only] = [0, 0];
      for (const share of [0.01, 0.05, 0.1, 0.2, 0.5]) {
        const size = Math.ceil(share * content.length);
        without += (whole - (await masked(explanation, request, order.slice(0, size)))) / 5;
        only += (whole - (await masked(explanation, request, order.slice(size)))) / 5;
      }
      const found = explanation.measures.find((one) => one.method === method)?.values;
      expect(found?.comprehensiveness?.value, method).toBeCloseTo(without, 4);
      expect(found?.sufficiency?.value, method).toBeCloseTo(only, 4);
    }
    const plain = await explain(text, { methods });
    expect(plain.attributions.map(({ scores }) => scores)).toEqual(
      explanation.attributions.map(({ scores }) => scores),
    );
  });

  it("are of the units that have scores, over all windows", async () => {
    const text = "The plot wanders, yet the cast is charming. The jokes fall flat and the music soars. ".repeat(28);
    const { measures, windows } = await explain(text, {
      measures: ["comprehensiveness"],
      methods: ["partitionShap"],
      effort: 0.3,
    });
    expect(windows.length).toBeGreaterThan(1);
    const [owen, random] = measures.map(({ values }) => values.comprehensiveness);
    expect(owen?.value).toBeGreaterThan(random?.value ?? Number.NaN);
  });

  it("tell what knows the model from what does not", async () => {
    const measures = quickMeasureIds;
    const found = await explain("The plot wanders, yet the cast is charming.", {
      measures,
      methods: ["partitionShap"],
    });
    const [owen, random] = found.measures;
    for (const id of measures) {
      expect(owen?.values[id]?.evaluations).toBe((random?.values[id]?.evaluations ?? 0) / 5);
      expect(random?.values[id]?.spread, id).toBeGreaterThan(0);
      const [own, other] = [owen?.values[id]?.value ?? Number.NaN, random?.values[id]?.value ?? Number.NaN];
      expect(measureInfo(id).isBetter === "high" ? own > other : own < other, id).toBe(true);
    }
  });

  it("leave out what is masked, and nothing where all is", async () => {
    const none = await explain("A dull mess", { measures: measureIds, masked: [1, 2, 3] });
    expect(none.measures).toEqual([]);
    const one = await explain("A dull mess", { measures: ["comprehensiveness"], masked: [1, 3] });
    const [found, random] = one.measures;
    expect(found?.values.comprehensiveness?.value).toBeCloseTo(
      random?.values.comprehensiveness?.value ?? Number.NaN,
      12,
    );
    expect(one.warnings.map(formatMessage)).toEqual([]);
  });

  it("run methods again: attention says the same for another label, and few of a random model what they say of the trained one", async () => {
    const text = "It's not the worst film of the year, but hardly a good one.";
    const measures = ["otherLabel", "randomLayers", "editStability", "seedStability", "maxSensitivity"] as const;
    const request = { measures, methods: ["rollout", "gradientXInput", "smoothGrad"] } as const;
    const { measures: found, target } = await explain(text, request);
    const [rollout, gradient, smooth, random] = found.map(({ values }) => values);
    expect(rollout?.otherLabel?.value).toBe(1);
    expect(gradient?.otherLabel?.value).toBeLessThan(-0.8);
    for (const one of [rollout, gradient, smooth]) {
      expect(one?.randomLayers?.curve?.x).toEqual([0, 1 / 8, 3 / 8, 6 / 8, 1]);
      expect(one?.randomLayers?.curve?.y[0]).toBe(1);
      expect(Math.abs(one?.randomLayers?.value ?? 1)).toBeLessThan(0.6);
      expect(one?.editStability?.value).toBeGreaterThan(0.5);
      expect(one?.editStability?.value).toBeLessThan(1);
    }
    // The classifier alone has no say in attention.
    expect(rollout?.randomLayers?.curve?.y[1]).toBe(1);
    expect(gradient?.randomLayers?.curve?.y[1]).toBeLessThan(1);
    expect(Object.keys(rollout ?? {})).not.toContain("maxSensitivity");
    expect(gradient?.maxSensitivity?.value).toBeGreaterThan(0);
    expect(Object.keys(gradient ?? {})).not.toContain("seedStability");
    expect(smooth?.seedStability?.value).toBeLessThan(1);
    expect(random).toEqual({});
    // The model reads small letters alone, so this edit is not run; what it would give is the same.
    const small = await explain(text.toLowerCase(), { methods: request.methods });
    const { attributions } = await explain(text, { methods: request.methods });
    expect(small.attributions.map(({ scores }) => scores)).toEqual(attributions.map(({ scores }) => scores));
    const other = await explain(text, { methods: ["gradientXInput"], target: "positive" });
    expect(target.label).toBe("negative");
    expect(other.target.label).toBe("positive");
    const again = await explain(text, request);
    expect(again.measures).toEqual(found);
  });
});
