import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import type { GeneratedPrediction } from "../../src/common/prediction/generated";
import { scoredUnits } from "../../src/common/scoredUnits";
import { createEngine } from "../../src/engine/engine";
import { errorOf, never, requestFor, root } from "./support";

const models = join(root, "test/recipes/small/models");

/** What transformers writes for a text; see `test/recipes/small/golden.py`. */
interface Written {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly written: string;
}

/** What its pipeline finds: label, start and end in code points, and how sure it is. */
interface Named {
  readonly text: string;
  readonly entities: readonly (readonly [string, number, number, number])[];
}

const golden = (name: string) => JSON.parse(readFileSync(join(models, `${name}.json`), "utf8"));
const causal: readonly Written[] = golden("causal");
const seq2seq: readonly Written[] = golden("seq2seq");
const named: readonly Named[] = golden("entities");

const engine = createEngine({ threads: 1, memoryMegabytes: 512 });
afterAll(() => engine.dispose());

async function explain(name: string, text: string, changes: Partial<ExplainRequest> = {}): Promise<Explanation> {
  const model = { directory: join(models, name), file: null };
  return await engine.explain(requestFor(text, { model, methods: ["attention"], ...changes }), never);
}

function writtenIn({ prediction }: Explanation): GeneratedPrediction {
  if (prediction.kind !== "generated") {
    throw new Error(`it predicts ${prediction.kind}`);
  }
  return prediction;
}

/** The value where nothing is there, and all scores; and the value that they are to add up to. */
function sums(explanation: Explanation, method: "partitionShap" | "integratedGradients"): readonly [number, number] {
  const { scores = [], specials = [] } = attributionOf(explanation, method) ?? {};
  const { value, baselineValue } = explanation.target;
  const all = [...scores, ...specials.map(({ score }) => score)];
  return [all.reduce((sum, score) => sum + score, baselineValue ?? Number.NaN), value];
}

describe("a model that was trained writes what transformers writes with it, token for token", () => {
  it.each([
    ["causal", causal, 20],
    ["seq2seq", seq2seq, 40],
  ] as const)("%s", async (name, cases, generate) => {
    expect(cases).toHaveLength(50);
    for (const { text, tokens, logProbabilities, written } of cases) {
      const prediction = writtenIn(await explain(name, text, { generate }));
      expect(
        prediction.steps.map(({ id }) => id),
        text,
      ).toEqual(tokens);
      expect(prediction.text.trim()).toBe(written.trim());
      for (const [at, { logProbability }] of prediction.steps.entries()) {
        expect(Math.abs(logProbability - (logProbabilities[at] ?? Number.NaN))).toBeLessThan(1e-4);
      }
    }
  });
});

describe("a model that was trained to find names", () => {
  it("finds what the pipeline of transformers finds with it", async () => {
    const codePoints = (text: string, end: number) => [...text.slice(0, end)].length;
    expect(named.flatMap(({ entities }) => entities).length).toBeGreaterThanOrEqual(5);
    for (const { text, entities } of named) {
      const { prediction } = await explain("entities", text, { methods: [] });
      const found = prediction.kind === "entities" ? prediction.entities : [];
      expect(
        found.map(({ label, start, end }) => [label, codePoints(text, start), codePoints(text, end)]),
        text,
      ).toEqual(entities.map((one) => one.slice(0, 3)));
      found.forEach(({ probability }, at) => {
        expect(Math.abs(probability - (entities[at]?.[3] ?? Number.NaN))).toBeLessThan(1e-4);
      });
    }
  });
});

/** Where each word of a text begins. */
const beginnings = (text: string) => [...text.matchAll(/\S+/g)].map(({ index }) => index);

/** How many words of the text have larger scores than the one that stands where the next word of the opposite order comes from. */
function rankOfMirrored(explanation: Explanation, method: MethodId): number {
  const starts = beginnings(explanation.text);
  const own = starts.length - 1 - beginnings(explanation.output ?? "").length;
  const scores = starts.map(() => Number.NEGATIVE_INFINITY);
  for (const { segment, start, score } of scoredUnits(explanation, attributionOf(explanation, method), "word")) {
    if (segment === 0) {
      const word = starts.findLastIndex((begins) => begins <= start);
      scores[word] = Math.max(scores[word] ?? score, score);
    }
  }
  return scores.filter((score) => score > (scores[own] ?? Number.NaN)).length;
}

describe("what is explained of models that were trained", () => {
  it.each([
    ["causal", causal[0]?.text ?? "", 1],
    ["seq2seq", seq2seq[0]?.text ?? "", 1],
    ["entities", named.find(({ entities }) => entities.length > 0)?.text ?? "", null],
  ] as const)("adds up: %s", async (name, text, position) => {
    const methods = ["partitionShap", "integratedGradients"] as const;
    const explanation = await explain(name, text, { position, methods });
    for (const [method, tolerance] of [
      ["partitionShap", 1e-3],
      ["integratedGradients", 0.1],
    ] as const) {
      const [sum, value] = sums(explanation, method);
      expect(Math.abs(sum - value), method).toBeLessThan(tolerance);
    }
  });

  it.each(["partitionShap", "occlusion"] as const)(
    "is, of words in the opposite order, the word that is written, by %s",
    async (method) => {
      const ranks: number[] = [];
      for (const { text, tokens, written } of seq2seq.slice(0, 12)) {
        const words = text.split(" ");
        if (new Set(words).size < words.length || written.trim() !== words.toReversed().join(" ")) {
          continue;
        }
        for (const position of tokens.slice(0, -1).keys()) {
          const explanation = await explain("seq2seq", text, { position, units: "word", methods: [method] });
          if (writtenIn(explanation).steps[position]?.piece.startsWith("Ġ")) {
            ranks.push(rankOfMirrored(explanation, method));
          }
        }
      }
      expect(ranks.length).toBeGreaterThan(30);
      // Where it is not the strongest, that is the word with which the output begins.
      expect(ranks.filter((rank) => rank === 0).length / ranks.length).toBeGreaterThan(0.8);
      expect(ranks.every((rank) => rank <= 1)).toBe(true);
    },
  );

  it("is refused behind the end of what is written", async () => {
    const [last] = causal.filter(({ tokens }) => tokens.length < 20);
    const position = last?.tokens.length ?? 0;
    expect((await errorOf(explain("causal", last?.text ?? "", { position }))).message).toContain("and ends there");
    const early = await errorOf(explain("causal", last?.text ?? "", { position, generate: 2 }));
    expect(early.message).toContain("or generate more");
  });
});
