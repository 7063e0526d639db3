import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import { lookSource } from "../../src/common/look";
import type { MethodId } from "../../src/common/method";
import { createEngine, type Engine } from "../../src/engine/engine";
import { type QuestionCase, questionModels, questions } from "../support/questions";
import { errorOf, never, requestFor } from "./support";

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
});

type Asked = Pick<QuestionCase, "model" | "context" | "question">;

function explain({ model, context, question }: Asked, changes: Partial<ExplainRequest> = {}): Promise<Explanation> {
  const directory = join(questionModels, model);
  return engine.explain(requestFor(context, { pair: question, model: { directory, file: null }, ...changes }), never);
}

/** The scores of all tokens, special ones too. */
function allScores(explanation: Explanation, method: MethodId): number[] {
  const { scores = [], specials = [] } = attributionOf(explanation, method) ?? {};
  return scores.map((score, at) => score + (specials.find(({ token }) => token === at)?.score ?? 0));
}

function spansOf({ prediction }: Explanation) {
  return prediction.kind === "spans" ? prediction.spans : [];
}

/** The largest difference, relative to the largest expected number. */
function difference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] ?? Number.NaN)))) / largest;
}

const usual = questions.filter(({ longest }) => longest === 15);
const named = (cases: readonly QuestionCase[]) => cases.map((one) => [one.model, one.question, one] as const);
const bridge = questions.find(({ slope, model }) => slope && model === "bert") ?? fail();

describe("a question", () => {
  it.each(named(usual.filter(({ windows }) => windows.length <= 16)))(
    "has the answers of the pipeline, in the same windows: %s, %s",
    async (_model, _question, one) => {
      const explanation = await explain(one, { methods: ["saliency"] });
      const expected = one.answers.filter(({ score }) => score > 0);
      const found = spansOf(explanation).slice(0, expected.length);
      expect(found.map(({ start, end, text }) => ({ start, end, text }))).toEqual(
        expected.map(({ start, end, answer }) => ({ start, end, text: answer })),
      );
      for (const [at, { score }] of expected.entries()) {
        expect(Math.abs((found[at]?.score ?? Number.NaN) - score)).toBeLessThan(1e-4);
      }
      // What is explained is the best answer, where it was found.
      expect(Math.abs(explanation.target.value - (found[0]?.logit ?? Number.NaN))).toBeLessThan(1e-4);
    },
  );

  it.each(named(usual.filter(({ slope }) => slope)))(
    "gives gradients as torch has them, to its own words too: %s, %s",
    async (_model, _question, one) => {
      const { slope } = one;
      const methods: MethodId[] = ["gradientXInput", "integratedGradients"];
      const target = slope?.answer.trim() ?? "";
      const explanation = await explain(one, { methods, target, gradients: { steps: 512, samples: 2 } });
      expect(explanation.target.kind).toBe("span");
      expect(Math.abs(explanation.target.value - (slope?.value ?? Number.NaN))).toBeLessThan(1e-3);
      expect(difference(allScores(explanation, "gradientXInput"), slope?.gradientXInput ?? [])).toBeLessThan(1e-4);
      expect(difference(allScores(explanation, "integratedGradients"), slope?.integratedGradients ?? [])).toBeLessThan(
        1e-3,
      );
      const asked = explanation.tokens.filter(({ segment, special }) => segment === 1 && !special);
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.every(({ index }) => allScores(explanation, "gradientXInput")[index] !== 0)).toBe(true);
    },
  );

  it("has its words hidden by masked methods, and its heads looked at", async () => {
    const explanation = await explain(bridge, { methods: ["occlusion", "lime", "partitionShap"] });
    for (const method of ["occlusion", "lime", "partitionShap"] as const) {
      expect(attributionOf(explanation, method)?.scores[1]).not.toBe(0);
    }
    const [first] = spansOf(explanation);
    const hidden = await engine.predictMasked(
      requestFor(bridge.context, { pair: bridge.question, model: explanation.model.reference }),
      [1],
      never,
    );
    const after = hidden.prediction.kind === "spans" ? hidden.prediction.spans : [];
    const same = after.find(({ tokens }) => tokens.join() === first?.tokens.join());
    const scored = attributionOf(explanation, "occlusion")?.scores[1] ?? Number.NaN;
    expect((first?.logit ?? 0) - (same?.logit ?? Number.NaN)).toBeCloseTo(scored, 4);
    const head = await engine.look(lookSource(explanation, 0), { kind: "head", layer: 0, head: 0 }, never);
    expect(head.queries).toBe(explanation.tokens.length);
  });

  it("can be asked why one answer rather than another", async () => {
    const whole = await explain(bridge, { methods: ["occlusion"] });
    const [first, second] = spansOf(whole);
    const explanation = await explain(bridge, { methods: ["occlusion"], target: "0", versus: second?.text ?? "" });
    expect(explanation.target).toMatchObject({ kind: "log-odds", label: first?.text, versus: second?.text });
    expect(explanation.target.value).toBeCloseTo((first?.logit ?? 0) - (second?.logit ?? 0), 4);
    expect(await errorOf(explain(bridge, { target: "0", versus: "0" }))).toMatchObject({ reason: "label-unknown" });
    // As it is shown, in quotation marks, where the ends of answers can be seen.
    const shown = await explain(bridge, { methods: ["occlusion"], target: "0", versus: `“${second?.text}”` });
    expect(shown.target).toEqual(explanation.target);
    const unknown = await errorOf(explain(bridge, { target: "“nowhere, of”" }));
    expect(unknown.message).toMatch(/^There is no answer “nowhere, of” among those that are found\. Choose one of: “/);
    expect(unknown.message).toContain(`“${second?.text}”`);
    expect(await errorOf(explain(bridge, { target: "no such words" }))).toMatchObject({ reason: "label-unknown" });
  });

  it("is needed", async () => {
    expect(await errorOf(explain({ ...bridge, question: "" }))).toMatchObject({ reason: "text-empty" });
    const directory = join(questionModels, "bert");
    const request = requestFor(bridge.context, { model: { directory, file: null } });
    expect(await errorOf(engine.explain(request, never))).toMatchObject({
      reason: "text-empty",
      message: expect.stringContaining("question"),
    });
    const long = "why ".repeat(80);
    expect(await errorOf(explain({ ...bridge, question: long }))).toMatchObject({ reason: "text-too-long" });
  });
});

function fail(): never {
  throw new Error("There is no such case.");
}
