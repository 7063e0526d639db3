import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withAttributions } from "../../src/common/extended";
import { quickMeasureIds } from "../../src/common/measure";
import { methodIds } from "../../src/common/method";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, requestFor } from "./support";

const text = "It's not the worst film of the year, but hardly a good one.";
let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(() => engine.dispose());

describe("a plan", () => {
  it("is what a run of each method then announces, and measuring too", async () => {
    const request = requestFor(text, { methods: [...methodIds], measures: quickMeasureIds });
    const announced = new Map<string, number>();
    const explanation = await engine.explain(request, never, ({ phase, total, done }) => {
      if (done === 0) {
        announced.set(phase, total);
      }
    });
    const plan = await engine.plan(request, explanation.attributions);
    expect(plan.methods.map(({ method }) => method)).toEqual(methodIds);
    for (const { method, evaluations, why } of plan.methods) {
      expect(why, method).toBeNull();
      expect(evaluations, method).toBe(announced.get(method) ?? 0);
    }
    expect(plan.measuring).toBe(announced.get("measuring"));
  });

  it("says why a method cannot run on a text", async () => {
    const request = requestFor(text, { lime: { ...requestFor(text).lime, samples: 5 } });
    const lime = (await engine.plan(request, [])).methods.find(({ method }) => method === "lime");
    expect(lime).toMatchObject({ evaluations: null, why: { template: expect.stringContaining("needs at least") } });
  });
});

describe("a method that is added, and measured afterwards", () => {
  it("has the scores and measures that it has in one run with the others", async () => {
    const request = requestFor(text, { methods: ["lime", "occlusion", "lrp"], measures: quickMeasureIds });
    const whole = await engine.explain(request, never);
    const first = await engine.explain({ ...request, methods: ["lime"], measures: [] }, never);
    let grown = first;
    for (const method of ["occlusion", "lrp"] as const) {
      grown = withAttributions(grown, await engine.explain({ ...request, methods: [method], measures: [] }, never));
    }
    const timeless = (attributions: typeof whole.attributions) =>
      attributions.map((one) => ({ ...one, milliseconds: 0 }));
    expect(timeless(grown.attributions)).toEqual(timeless(whole.attributions));
    expect(grown.warnings).toEqual(whole.warnings);
    expect(await engine.measure(request, grown.attributions, never)).toEqual(whole.measures);
  });
});
