import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import { type Attribution, attributionOf, type ExplainRequest } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { createEngine, type Engine } from "../../src/engine/engine";
import { ModelStore } from "../../src/engine/modelStore";
import { prepareText } from "../../src/engine/preparedText";
import { TextTarget } from "../../src/engine/textTarget";
import { featureSet } from "../../src/methods/features";
import { kernelWalk } from "../../src/methods/shapley/kernelWalk";
import { permutationWalk } from "../../src/methods/shapley/permutationWalk";
import { classesPrediction, readWindows } from "../support/predictions";
import { never, reasonOf, requestFor, sentiment, small } from "./support";

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
});

afterAll(() => engine.dispose());

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const sentence = "The plot wanders, the jokes fall flat, yet the cast is charming and the music soars. ";
const shapley = (samples: number | null, tolerance = 0.1) => ({ shapley: { samples, tolerance } });

function expectAdditive({ baseValue, fullValue, scores }: Attribution): void {
  expect(Math.abs((baseValue ?? Number.NaN) + sum(scores) - (fullValue ?? Number.NaN))).toBeLessThan(1e-5);
}

describe.each<MethodId>(["permutationShap", "kernelShap", "shapleyInteraction"])(
  "%s of the bundled model",
  (method) => {
    /** Explains with this method alone; what it shows on the way adds up too, and it keeps to the plan that it announces. */
    async function explain(content: string, changes: Partial<ExplainRequest> = {}): Promise<Attribution> {
      const totals: number[] = [];
      const hear = ({ phase, done, total, partial }: ExplainProgress) => {
        const found = partial && attributionOf(partial, method);
        // Of a text in windows the sum is known once all are.
        if (found && found.baseValue !== null) {
          expectAdditive(found);
        }
        if (phase === method) {
          totals.push(total);
          expect(done).toBeLessThanOrEqual(total);
        }
      };
      const explanation = await engine.explain(requestFor(content, { methods: [method], ...changes }), never, hear);
      const found = attributionOf(explanation, method);
      if (!found) {
        throw new Error(`no ${method}`);
      }
      expectAdditive(found);
      expect(found.baseValue).toBeCloseTo(explanation.target.baselineValue ?? Number.NaN, 5);
      expect(found.fullValue).toBeCloseTo(explanation.target.value, 5);
      expect(found.evaluations).toBeLessThanOrEqual(Math.max(...totals));
      return found;
    }

    it("is exact on a short text", async () => {
      const found = await explain("A dull, lifeless film.");
      expect(found).toMatchObject({ scale: "logit", converged: true, evaluations: 64, quality: { largestError: 0 } });
      expect(found.notes[0]?.template).toContain("Exact");
    });

    it("says how far it may be off, and stops where that is little", async () => {
      const short = "The plot wanders, yet the cast is charming and witty.";
      const some = await explain(short, shapley(200, 0.001));
      expect(some).toMatchObject({ converged: false, partial: false });
      expect(some.quality.largestError).toBeGreaterThan(0.001);
      const many = await explain(short, shapley(4000, 0.1));
      expect(many.converged).toBe(true);
      expect(many.evaluations).toBeLessThan(4000);
      const largest = Math.max(...many.scores.map(Math.abs));
      for (const [token, score] of many.scores.entries()) {
        expect(Math.abs(score - (some.scores[token] ?? 0))).toBeLessThan(
          0.1 * largest + 4 * (some.standardErrors?.[token] ?? 0),
        );
      }
    });

    it("explains texts in windows, pairs and words, and other targets", async () => {
      const long = "The plot wanders, the jokes fall flat. ".repeat(6);
      const windows = await explain(long, { model: small, units: "sentence", ...shapley(80) });
      expect(windows.scores).toHaveLength(6);
      const pair = await explain("A dull film.", { pair: "But I laughed!", baseline: "delete", units: "word" });
      expect(pair.scores.filter((score) => score !== 0).length).toBeGreaterThan(5);
      expect((await explain("An odd film", { target: "0", versus: "1" })).scale).toBe("log-odds");
    });

    it("scores pairs of what gets a score, where it scores pairs", async () => {
      const { pairs, scores } = await explain("A dull film.", { units: "word", ...shapley(16) });
      expect(pairs?.length).toBe(
        method === "shapleyInteraction" ? (scores.length * (scores.length - 1)) / 2 : undefined,
      );
      expect(pairs?.every(({ first, second, standardError }) => first < second && standardError === 0)).not.toBe(false);
    });

    it("refuses what is too few", async () => {
      const request = requestFor(sentence, { methods: [method], ...shapley(20) });
      expect(await reasonOf(engine.explain(request, never))).toBe("method-unavailable");
      const none = await engine.explain(requestFor("A dull mess", { methods: [method], masked: [1, 2, 3] }), never);
      expect(none.attributions[0]).toMatchObject({ baseValue: null, evaluations: 0, quality: {} });
    });

    it("has shown something that adds up by the time it is cancelled", async () => {
      const cancel = new AbortController();
      const seen: Attribution[] = [];
      const hear = ({ partial }: ExplainProgress) => {
        const found = partial && attributionOf(partial, method);
        if (found) {
          seen.push(found);
          cancel.abort();
        }
      };
      const request = requestFor(sentence.repeat(2), { methods: [method], ...shapley(100_000, 1e-6) });
      expect(await reasonOf(engine.explain(request, cancel.signal, hear))).toBe("cancelled");
      expect(seen[0]).toMatchObject({ partial: true, converged: false });
    });

    it("takes what the effort affords", async () => {
      const little = await explain(sentence, { effort: 2, ...shapley(null, 1e-6) });
      expect(little.evaluations).toBeLessThanOrEqual(160);
      expect(little.notes[0]?.template).toContain("Not converged");
      const { largestError = 0 } = little.quality;
      expect(little.notes.some(({ template }) => template.startsWith("Errors are large"))).toBe(largestError >= 0.25);
      if (method === "shapleyInteraction") {
        expect(largestError).toBeGreaterThan(0.25);
      }
    });
  },
);

describe("rows of the model", () => {
  it("are shared by targets, and by methods that ask for the same subsets", async () => {
    const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
    try {
      await store.use(sentiment, async (model) => {
        const forward = vi.spyOn(model.session, "logits");
        const text = prepareText(requestFor("A dull, lifeless film."), model);
        const rowsOf = async (label: string, method: MethodId) => {
          const question = { ...defaultOptions, target: label };
          const target = model.task.target(question, classesPrediction(), readWindows());
          const before = forward.mock.calls.reduce((sum, [rows]) => sum + rows.length, 0);
          const shown = new TextTarget({ model, text, target }, text.inputs, featureSet("token", text));
          const limits = { samples: 64, tolerance: 0.1 };
          await (method === "kernelShap" ? kernelWalk : permutationWalk)(shown, limits, { seed: 0, signal: never });
          return forward.mock.calls.reduce((sum, [rows]) => sum + rows.length, 0) - before;
        };
        expect(await rowsOf("positive", "kernelShap")).toBe(64);
        expect(await rowsOf("negative", "kernelShap")).toBe(0);
        expect(await rowsOf("negative", "permutationShap")).toBe(0);
      });
    } finally {
      await store.dispose();
    }
  });
});
