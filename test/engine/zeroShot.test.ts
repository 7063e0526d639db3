import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import { lookSource } from "../../src/common/look";
import { createEngine, type Engine } from "../../src/engine/engine";
import { type EntailmentCase, entailment, questionModels } from "../support/questions";
import { errorOf, never, requestFor } from "./support";

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
});

type Asked = Pick<EntailmentCase, "model" | "text" | "template" | "several"> & {
  readonly candidates: readonly string[];
};

function explain(one: Asked, changes: Partial<ExplainRequest> = {}): Promise<Explanation> {
  const { model, text, template, several, candidates } = one;
  const zeroShot = { labels: candidates.join(", "), template, several };
  const reference = { directory: join(questionModels, model), file: null };
  const task = "zero-shot-classification";
  return engine.explain(
    requestFor(text, { task, zeroShot, model: reference, methods: ["occlusion"], ...changes }),
    never,
  );
}

function classesOf({ prediction }: Explanation) {
  return prediction.kind === "classes" ? prediction.classes : [];
}

const [first = fail()] = entailment;

describe("labels of the person's own", () => {
  it.each(entailment.map((one) => [one.model, one.text, one.template, one] as const))(
    "have the probabilities of the pipeline, and the text alone gets scores: %s, %s, %s",
    async (_model, _text, _template, one) => {
      const explanation = await explain(one, { methods: ["occlusion", "gradientXInput"] });
      const found = new Map(classesOf(explanation).map(({ label, probability }) => [label, probability]));
      for (const [label, score] of Object.entries(one.scores)) {
        expect(Math.abs((found.get(label) ?? Number.NaN) - score)).toBeLessThan(1e-4);
      }
      const [best] = classesOf(explanation);
      expect(explanation.target).toMatchObject({ label: best?.label, versus: null, kind: "logit" });
      expect(explanation.target.value).toBeCloseTo(best?.logit ?? Number.NaN, 4);
      expect(explanation.pair).toBeNull();
      const content = explanation.tokens.filter(({ special }) => !special);
      expect(content.every(({ segment }) => segment === 0)).toBe(true);
      expect(content.at(-1)?.end).toBe(one.text.length);
      const scores = attributionOf(explanation, "occlusion")?.scores ?? [];
      expect(explanation.tokens.every(({ special, index }) => !special || scores[index] === 0)).toBe(true);
      const head = await engine.look(lookSource(explanation, 0), { kind: "head", layer: 0, head: 0 }, never);
      expect(head.queries).toBe(explanation.tokens.length);
    },
  );

  it("are explained each by its own hypothesis", async () => {
    for (const [index, label] of first.candidates.entries()) {
      const explanation = await explain(first, { target: label });
      const row = first.rows[index] ?? [];
      expect(explanation.target.label).toBe(label);
      expect(explanation.target.value).toBeCloseTo((row[2] ?? 0) - (row[0] ?? 0), 4);
    }
  });

  it("change their logit by what leaving a word out says", async () => {
    const explanation = await explain(first);
    const [best] = classesOf(explanation);
    const request = requestFor(first.text, {
      task: "zero-shot-classification",
      zeroShot: { labels: first.candidates.join(), template: first.template, several: first.several },
      model: explanation.model.reference,
    });
    const { prediction } = await engine.predictMasked(request, [2], never);
    const after = prediction.kind === "classes" ? prediction.classes.find(({ label }) => label === best?.label) : null;
    const score = attributionOf(explanation, "occlusion")?.scores[2] ?? Number.NaN;
    expect((best?.logit ?? 0) - (after?.logit ?? Number.NaN)).toBeCloseTo(score, 4);
  });

  it.each([
    [[], "no labels"],
    [["a", ""], "empty"],
    [["a", "b", "a"], "twice"],
  ])("are refused where they are %j", async (candidates, words) => {
    const error = await errorOf(explain({ ...first, candidates }));
    expect(error.reason).toBe("label-unknown");
    expect(error.message).toContain(words);
  });

  it("need a hypothesis with a place for the label, a model that knows entailment, and no comparison", async () => {
    expect(await errorOf(explain({ ...first, template: "It is so." }))).toMatchObject({ reason: "request-invalid" });
    expect(await errorOf(explain(first, { versus: "phone" }))).toMatchObject({ reason: "label-unknown" });
    expect(await errorOf(explain(first, { model: requestFor("").model }))).toMatchObject({
      reason: "task-unsupported",
    });
  });

  it("are not asked for by default: two texts are compared", async () => {
    const model = { directory: join(questionModels, first.model), file: null };
    const explanation = await engine.explain(requestFor("a", { pair: "b", model, methods: ["saliency"] }), never);
    expect(
      classesOf(explanation)
        .map(({ label }) => label)
        .sort(),
    ).toEqual([...first.labels].sort());
  });

  it("are put into a second text, so that there is no other", async () => {
    expect(await errorOf(explain(first, { pair: "And this." }))).toMatchObject({ reason: "request-invalid" });
  });
});

function fail(): never {
  throw new Error("There is no case.");
}
