import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import { type Attribution, attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import { formatMessage, message } from "../../src/common/message";
import { defaultOptions } from "../../src/common/options";
import { createEngine, type Engine } from "../../src/engine/engine";
import { ModelStore } from "../../src/engine/modelStore";
import { prepareText } from "../../src/engine/preparedText";
import { predictText } from "../../src/engine/readText";
import { TextTarget } from "../../src/engine/textTarget";
import { featureSet } from "../../src/methods/features";
import type { OwenNode } from "../../src/methods/owen/owenTree";
import { owenValues } from "../../src/methods/owen/owenValues";
import { never, reasonOf, requestFor, sentiment, small } from "./support";

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
});

afterAll(() => engine.dispose());

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const withSamples = (samples: number, guided = false) => ({ owen: { ...defaultOptions.owen, guided, samples } });

/** Explains with Owen values alone, and checks what holds for all of them. */
async function owen(text: string, changes: Partial<ExplainRequest> = {}): Promise<[Attribution, Explanation]> {
  const totals: number[] = [];
  const hear = ({ phase, done, total }: ExplainProgress) => {
    if (phase === "partitionShap") {
      totals.push(total);
      expect(done).toBeLessThanOrEqual(total);
    }
  };
  const explanation = await engine.explain(requestFor(text, { methods: ["partitionShap"], ...changes }), never, hear);
  const found = attributionOf(explanation, "partitionShap");
  if (!found) {
    throw new Error("no Owen values");
  }
  expect(found.baseValue).toBeCloseTo(explanation.target.baselineValue ?? Number.NaN, 5);
  expect(found.fullValue).toBeCloseTo(explanation.target.value, 5);
  expect(Math.abs((found.baseValue ?? 0) + sum(found.scores) - (found.fullValue ?? 0))).toBeLessThan(1e-5);
  if (explanation.windows.length === 1) {
    expect(new Set(totals)).toEqual(new Set([found.evaluations]));
  }
  return [found, explanation];
}

type Nested = number | readonly [Nested, Nested];

interface Case {
  readonly text: string;
  readonly ids: readonly number[];
  readonly tree: Nested;
  readonly budget: number;
  readonly batch: number;
  readonly base: number;
  readonly values: readonly number[];
}

function treeOf(nested: Nested): OwenNode {
  if (typeof nested === "number") {
    return { features: [nested], halves: null };
  }
  const [left, right] = [treeOf(nested[0]), treeOf(nested[1])];
  return { features: [...left.features, ...right.features], halves: [left, right] };
}

describe("Owen values of the bundled model", () => {
  it("agree with shap on the same tree, masks and budget", async () => {
    const cases: readonly Case[] = JSON.parse(
      readFileSync(new URL("../golden/owen/model.json", import.meta.url), "utf8"),
    );
    const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
    try {
      for (const { text, ids, tree, budget, batch, base, values } of cases) {
        await store.use(sentiment, async (model) => {
          const request = { ...requestFor(text), text };
          const prepared = prepareText(request, model);
          expect(prepared.tokens.map(({ id }) => id)).toEqual(ids);
          const { target: explained } = await predictText(model, prepared, { ...request, target: "1" }, never);
          const run = { model, text: prepared, target: explained };
          const target = new TextTarget(run, prepared.inputs, featureSet("token", prepared));
          const options = { samples: budget, breadth: batch / 2 };
          const found = await owenValues(target, treeOf(tree), options, { signal: never });
          expect(Math.abs(found.baseValue - base)).toBeLessThan(1e-4);
          const errors = values.map((value, index) => Math.abs(value - (found.scores[index] ?? Number.NaN)));
          expect(Math.max(...errors)).toBeLessThan(1e-4);
        });
      }
    } finally {
      await store.dispose();
    }
  });

  it("add up to the logit, complete on a short text", async () => {
    const [found] = await owen("A gorgeous, witty film that never loses its nerve.");
    expect(found).toMatchObject({ scale: "logit", converged: true, partial: false, quality: { measured: 1 } });
    expect(found.parameters).toMatchObject({ features: "token", baseline: "mask", samples: 320, guide: null });
  });

  it("add up on every level", async () => {
    const text = "The plot is dull, and slow. The music soars!";
    const [tokens, { sentences, words }] = await owen(text);
    const [bySentence] = await owen(text, { units: "sentence" });
    const [byWord] = await owen(text, { units: "word" });
    expect(bySentence.evaluations).toBe(4);
    expect(bySentence.scores).toHaveLength(2);
    expect(byWord.scores).toHaveLength(words.length);
    for (const [index, sentence] of sentences.entries()) {
      expect(bySentence.scores[index]).toBeCloseTo(sum(sentence.tokens.map((token) => tokens.scores[token] ?? 0)), 5);
    }
  });

  it("keep to the budget and say how much of a score is measured", async () => {
    const text = "The plot wanders, the jokes fall flat, yet the cast is charming and the music soars. ".repeat(6);
    const [found] = await owen(text, withSamples(61));
    expect(found).toMatchObject({ evaluations: 60, converged: null });
    const { measured = 1 } = found.quality;
    expect(measured).toBeLessThan(0.5);
    const [evaluations, percent, shared, all] = found.notes[0]?.args ?? [];
    expect([evaluations, percent, all]).toEqual([60, Math.round(measured * 100), 126]);
    expect(shared).toBeGreaterThan(60);
    expect(shared).toBeLessThanOrEqual(126);
  });

  it("explain the whole text where it is read in windows, and the log-odds where asked", async () => {
    const text = "The plot wanders. ".repeat(20);
    const changes = { model: small, units: "sentence", target: "1", versus: "0", ...withSamples(60) } as const;
    const [found, { windows, sentences }] = await owen(text, changes);
    expect(windows.length).toBeGreaterThan(1);
    expect(found.scale).toBe("log-odds");
    expect(found.scores).toHaveLength(sentences.length);
    await owen(text.repeat(2), { model: small, units: "sentence", ...withSamples(12, true) });
  });

  it.each([
    ["zero", []],
    ["delete", [2, 3]],
    ["zero", [2, 3]],
    ["pad", [2, 3]],
  ] as const)(
    "start from the value without any word, as other methods do, with the baseline %s and %j masked",
    async (baseline, masked) => {
      const methods = ["partitionShap", "integratedGradients", "deepLift"] as const;
      const [, { attributions, target, warnings }] = await owen("An odd but moving film.", {
        methods,
        baseline,
        masked,
      });
      for (const { method, baseValue, parameters } of attributions) {
        // Words cannot be deleted from embeddings: the mask token stands in.
        if (baseline !== "delete" || method === "partitionShap") {
          expect(baseValue, method).toBeCloseTo(target.baselineValue ?? Number.NaN, 4);
          expect(parameters.baseline).toBe(baseline);
        }
      }
      expect(warnings).toEqual([]);
    },
  );

  it("take pairs, deleted and masked tokens", async () => {
    const [pair] = await owen("A dull film.", { pair: "But I laughed!", baseline: "delete" });
    expect(pair.scores.filter((score) => score !== 0).length).toBeGreaterThan(5);
    const [part] = await owen("A dull mess", { masked: [2] });
    expect(part.scores[2]).toBe(0);
    const none = await engine.explain(
      requestFor("A dull mess", { methods: ["partitionShap"], masked: [1, 2, 3] }),
      never,
    );
    expect(none.attributions[0]).toMatchObject({ baseValue: null, fullValue: null, evaluations: 0 });
  });

  it("have shown an additive explanation by the time they are cancelled", async () => {
    const cancel = new AbortController();
    const seen: Attribution[] = [];
    const hear = ({ partial }: ExplainProgress) => {
      const found = partial ? attributionOf(partial, "partitionShap") : undefined;
      if (found) {
        seen.push(found);
        cancel.abort();
      }
    };
    const text = "The plot wanders, the jokes fall flat, yet the cast is charming and the music soars. ".repeat(8);
    const request = requestFor(text, { methods: ["partitionShap"], ...withSamples(100_000, true) });
    expect(await reasonOf(engine.explain(request, cancel.signal, hear))).toBe("cancelled");
    const [first] = seen;
    expect(first).toMatchObject({ partial: true, converged: null });
    expect(Math.abs((first?.baseValue ?? 0) + sum(first?.scores ?? []) - (first?.fullValue ?? 0))).toBeLessThan(1e-5);
  });
});

describe("what runs by default", () => {
  const sentence = "The plot wanders, the jokes fall flat, yet the cast is charming and the music soars. ";

  it("shows relevance by its own name until there are Owen values, and is guided by it", async () => {
    const shown: (readonly string[])[] = [];
    const hear = ({ partial }: ExplainProgress) =>
      partial && shown.push(partial.attributions.map(({ method }) => method));
    const request = requestFor(sentence.repeat(5), { methods: ["partitionShap", "rollout"] });
    const explanation = await engine.explain(request, never, hear);
    expect(shown.slice(0, 2)).toEqual([["rollout"], ["lrp", "rollout"]]);
    expect(explanation.attributions.map(({ method }) => method)).toEqual(["partitionShap", "rollout"]);
    const [found] = explanation.attributions;
    expect(found).toMatchObject({ units: "token", converged: null, parameters: { guide: "lrp" } });
    expect(formatMessage(found?.notes[0] ?? message(""))).toContain("by relevance (AttnLRP)");
  });

  it.each([[["partitionShap", "lrp"]], [["lrp", "partitionShap"]]] as const)(
    "keeps relevance where it is asked for too, computed once: %s",
    async (methods) => {
      const request = requestFor(sentence.repeat(5), { methods });
      const begun: string[] = [];
      const explanation = await engine.explain(
        request,
        never,
        ({ phase, done, partial }) => done === 0 && !partial && begun.push(phase),
      );
      expect(explanation.attributions.map(({ method }) => method)).toEqual(methods);
      expect(begun.filter((phase) => phase === "lrp")).toHaveLength(1);
      expect(begun.lastIndexOf("lrp")).toBeLessThan(begun.indexOf("partitionShap"));
    },
  );

  it("gives relevance the same digits alone and beside what it guides, also in windows", async () => {
    const text = "The film has charm. ".repeat(160);
    const relevance = async (methods: ExplainRequest["methods"]) => {
      const found = attributionOf(await engine.explain(requestFor(text, { methods, effort: 0.5 }), never), "lrp");
      return { ...found, milliseconds: 0 };
    };
    expect(await relevance(["partitionShap", "lrp"])).toEqual(await relevance(["lrp"]));
  });

  it("takes evaluations by the effort, the same number everywhere", async () => {
    const evaluations = async (effort: number) => (await owen(sentence.repeat(5), { effort }))[0].evaluations;
    const [quarter, whole] = [await evaluations(0.5), await evaluations(2)];
    expect(whole).toBeGreaterThan(3 * quarter);
    expect(whole).toBeLessThan(5 * quarter);
  });

  it("gives the same scores guided and not, alone or beside its guide, where every block is opened", async () => {
    const text = "A gorgeous film that never loses its nerve.";
    const [plain] = await owen(text, withSamples(10_000));
    for (const methods of [["partitionShap"], ["partitionShap", "lrp"]] as const) {
      const [guided] = await owen(text, { methods, ...withSamples(10_000, true) });
      expect(guided.scores).toEqual(plain.scores);
      expect(guided.parameters.guide).toBeNull();
    }
  });

  it("explains a text in windows by its sentences, whichever method is asked for", async () => {
    const text = "The plot wanders. ".repeat(20);
    const methods = ["partitionShap", "lime"] as const;
    const lime = { ...defaultOptions.lime, samples: 64 };
    const explanation = await engine.explain(requestFor(text, { model: small, methods, effort: 0.5, lime }), never);
    expect(explanation.windows.length).toBeGreaterThan(1);
    for (const attribution of explanation.attributions) {
      expect(attribution).toMatchObject({ units: "sentence", parameters: { features: "sentence" } });
      expect(attribution.scores).toHaveLength(explanation.sentences.length);
    }
  });
});

describe("sentences as features", () => {
  it("cost LIME and leave-one-out sentences, not tokens", async () => {
    const text = "A quiet film. I liked the music. The end is a mess! Still, go.";
    const explanation = await engine.explain(
      requestFor(text, {
        methods: ["lime", "occlusion"],
        units: "sentence",
      }),
      never,
    );
    const lime = attributionOf(explanation, "lime");
    expect(explanation.sentences).toHaveLength(4);
    expect(lime).toMatchObject({ evaluations: 16, converged: true, parameters: { features: "sentence" } });
    expect(lime?.scores).toHaveLength(4);
    expect(attributionOf(explanation, "occlusion")?.evaluations).toBe(5);
  });
});
