import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest } from "../../src/common/explanation";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, requestFor } from "./support";

type Name = "mask" | "zero" | "mean" | "text";

interface Case {
  readonly text: string;
  readonly other: string;
  /** The logit with every token replaced, and with the first half of them. */
  readonly values: Readonly<Record<Name, { readonly all: number; readonly half: number }>>;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../golden/baselines/cases.json", import.meta.url), "utf8"),
);

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
});

afterAll(() => engine.dispose());

function asked(name: Name, other: string): Partial<ExplainRequest> {
  return name === "text" ? { baselineText: other } : { baseline: name };
}

describe.each(["mask", "zero", "mean", "text"] as const)("the baseline %s on the bundled model", (name) => {
  it.each(cases)("gives every method the value that torch gives: $text", async ({ text, other, values }) => {
    const methods = ["occlusion", "gradientShap", "deepLift", "partitionShap"] as const;
    const request = { ...asked(name, other), methods, target: "positive", gradients: { steps: 4, samples: 4 } };
    const explanation = await engine.explain(requestFor(text, request), never);
    expect(explanation.target.baselineValue).toBeCloseTo(values[name].all, 4);
    for (const method of ["gradientShap", "deepLift", "partitionShap"] as const) {
      expect(attributionOf(explanation, method)?.baseValue, method).toBeCloseTo(values[name].all, 4);
    }
    for (const { parameters } of explanation.attributions) {
      expect(parameters.baseline).toBe(name === "text" ? "otherText" : name);
      expect(parameters.baselineText).toBe(name === "text" ? other : undefined);
    }
  });

  it.each(cases)("stands token by token where some are hidden: $text", async ({ text, other, values }) => {
    const request = requestFor(text, { ...asked(name, other), target: "positive", methods: ["random"] });
    const { tokens } = await engine.explain(request, never);
    const content = tokens.filter(({ special }) => !special).map(({ index }) => index);
    const masked = content.slice(0, Math.floor(content.length / 2));
    const { prediction } = await engine.predictMasked(request, masked, never);
    const positive = outcomesOf(prediction).find(({ label }) => label === "positive");
    // What a person masks is a token of the vocabulary: vectors have the mask token's place there.
    const expected = values[name === "text" ? "text" : "mask"].half;
    expect(positive?.logit).toBeCloseTo(expected, 4);
  });
});

describe("the baseline delete", () => {
  it("is another where a method needs something in each word's place, which that method says", async () => {
    const methods = ["integratedGradients", "partitionShap", "saliency"] as const;
    const request = requestFor("A dull, lifeless film.", { baseline: "delete", methods });
    const { attributions } = await engine.explain(request, never);
    const said = attributions.map(({ method, notes }) => [
      method,
      notes.filter(({ template }) => template.includes("instead of")).map(({ args }) => args),
    ]);
    expect(said).toEqual([
      ["integratedGradients", [["mask", "delete"]]],
      ["partitionShap", []],
      ["saliency", []],
    ]);
  });
});
