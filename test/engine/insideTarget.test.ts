import path from "node:path";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../src/common/errors";
import { formatMessage } from "../../src/common/message";
import { lackOf } from "../../src/engine/usableMethods";
import { contentsOf } from "../../src/graph/contents";
import { alti } from "../../src/methods/alti";
import { attentionGradient } from "../../src/methods/attentionGradient";
import { chefer } from "../../src/methods/chefer";
import type { InsideTarget } from "../../src/methods/inside";
import { implementations } from "../../src/methods/registry";
import { valueZeroing } from "../../src/methods/valueZeroing";
import { corpusFiles, corpusFolder, corpusGolden, type StoredFloats, storedFloats } from "../support/corpus";
import { largest, largestDifference } from "../support/corpusMeasure";
import { rowInside, withCorpusModel } from "../support/corpusRow";
import { attentionQuestion } from "../unit/methods/question";
import { reasonOf } from "./support";

const known = [
  "bert",
  "distilbert",
  "roberta",
  "albert",
  "mpnet",
  "debertav2",
  "modernbert",
  "gpt2",
  "llama",
  "gemma2",
];
const files = corpusFiles(path.join(corpusFolder, "models")).filter(
  ({ variant, architecture }) => variant === "fp32" && known.includes(architecture),
);

function off(found: Float32Array, stored: StoredFloats | undefined): number {
  const expected = stored ? storedFloats(stored) : new Float32Array();
  expect(found.length).toBe(expected.length);
  return largestDifference(found, expected) / largest(expected);
}

describe("what a row has inside a model agrees with torch", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (_, file) => {
    const golden = corpusGolden(file, corpusFolder).single;
    const tensors = (what: string) => golden.tensors.filter((tensor) => tensor.what === what);
    await withCorpusModel(file, async (model) => {
      const inside = rowInside(model, golden);
      const states = await inside.states();
      const gradients = await inside.gradients();
      const hidden = tensors("hidden");
      expect(states).toHaveLength(hidden.length);
      // The class of ModernBERT lists its last state before the final normalisation.
      const compared = file.architecture === "modernbert" ? hidden.slice(0, -1) : hidden;
      for (const [layer, { value, gradients: slopes }] of compared.entries()) {
        expect(off(states[layer]?.values ?? new Float32Array(), value)).toBeLessThan(1e-5);
        expect(off(gradients.states[layer]?.values ?? new Float32Array(), slopes.mix)).toBeLessThan(1e-5);
      }
      const maps = await inside.maps();
      for (const [layer, { value, gradients: slopes }] of tensors("attention").entries()) {
        expect(off(maps[layer]?.values ?? new Float32Array(), value)).toBeLessThan(1e-5);
        expect(off(gradients.maps[layer]?.values ?? new Float32Array(), value)).toBeLessThan(1e-5);
        expect(off(gradients.maps[layer]?.slopes ?? new Float32Array(), slopes.mix)).toBeLessThan(1e-5);
      }
      const left: Float32Array[][] = [];
      await inside.zeroValues((token, vectors) => {
        left[token] = vectors.map(({ values }) => values.slice());
      });
      expect(left).toHaveLength(inside.tokens);
      expect(off(await inside.withMaps(maps.map(({ values }) => values)), golden.logits)).toBeLessThan(1e-5);
    });
  });
});

const model = (label: string) => {
  const found = corpusFiles(path.join(corpusFolder, "models")).find((file) => file.label === label);
  if (!found) {
    throw new Error(`The corpus has no ${label}.`);
  }
  return found;
};

describe("a model that attention is written into", () => {
  it("gives the same target with its own maps, and another with changed ones", async () => {
    const file = model("bert.eager.ts17.fp32");
    const golden = corpusGolden(file, corpusFolder).single;
    await withCorpusModel(file, async (loaded) => {
      const inside = rowInside(loaded, golden);
      const maps = (await inside.maps()).map(({ values }) => values);
      const logits = storedFloats(golden.logits);
      const weights = golden.seeds.mix ? storedFloats(golden.seeds.mix) : logits;
      const expected = weights.reduce((sum, weight, at) => sum + weight * (logits[at] ?? 0), 0);
      const target = async (changed: readonly Float32Array[]) =>
        (await inside.withMaps(changed)).reduce((sum, logit, at) => sum + (weights[at] ?? 0) * logit, 0);
      expect(await target(maps)).toBeCloseTo(expected, 5);
      const even = maps.map((values) => values.map(() => 1 / inside.tokens));
      expect(Math.abs((await target(even)) - expected)).toBeGreaterThan(1e-3);
    });
  });
});

describe("what a graph does not have", () => {
  const control = { seed: 0, signal: new AbortController().signal };

  it.each([
    ["bart.eager.ts17.fp32", chefer],
    ["bart.eager.ts17.fp32", alti],
    ["bart.eager.ts17.fp32", valueZeroing],
    ["squeezebert.eager.dynamo18.fp32", alti],
  ] as const)("is refused with its reason: %s", async (label, method) => {
    const file = model(label);
    await withCorpusModel(file, async (loaded) => {
      const inside = rowInside(loaded, corpusGolden(file, corpusFolder).single);
      const run = method.run(inside, attentionQuestion(loaded.layers, 0), control);
      expect(await reasonOf(run)).toBe("method-unavailable");
    });
  });

  it.each(["bart.eager.ts17.fp32", "squeezebert.eager.dynamo18.fp32", "bert.eager.ts17.fp32", "gpt2.eager.ts17.fp32"])(
    "is known before anything is run, with the same reason: %s",
    async (label) => {
      const file = model(label);
      await withCorpusModel(file, async (loaded) => {
        const inside = rowInside(loaded, corpusGolden(file, corpusFolder).single);
        const contents = contentsOf(loaded.session.parts.read(), loaded.session.logitsName);
        for (const [id, method] of Object.entries(implementations)) {
          if (method.asks === "inside") {
            const run = method.run(inside, attentionQuestion(loaded.layers, 0), control);
            const why = await run.then(
              () => null,
              (error: unknown) => ExplainError.from(error).message,
            );
            const known = lackOf(method, contents, loaded);
            expect(known && formatMessage(known), id).toBe(why);
          }
        }
      });
    },
  );

  it("does not keep attention in one layer from being weighed by gradients", async () => {
    const file = model("bart.eager.ts17.fp32");
    await withCorpusModel(file, async (loaded) => {
      const inside = rowInside(loaded, corpusGolden(file, corpusFolder).single);
      const { values } = await attentionGradient.run(inside, attentionQuestion(loaded.layers, 0), control);
      expect(Math.max(...Array.from(values, Math.abs))).toBeGreaterThan(0);
    });
  });
});

describe("a run inside a model that is cancelled", () => {
  it("begins no further one", async () => {
    const file = model("gpt2.eager.ts17.fp32");
    await withCorpusModel(file, async (loaded) => {
      const stop = new AbortController();
      const inside = rowInside(loaded, corpusGolden(file, corpusFolder).single, stop.signal);
      await inside.states();
      const [block] = (await inside.attended()).blocks;
      stop.abort();
      for (const part of [inside.maps, inside.states, inside.gradients, inside.attended]) {
        expect(await reasonOf(part())).toBe("cancelled");
      }
      expect(await reasonOf(inside.zeroValues(() => undefined))).toBe("cancelled");
      const nothing = { first: 0, end: 0, left: new Float32Array(), shares: new Float32Array() };
      expect(block && (await reasonOf(inside.distances(block, nothing)))).toBe("cancelled");
    });
  });

  it("ends contributions (ALTI) behind the run in which it was cancelled", async () => {
    const file = model("gpt2.eager.ts17.fp32");
    await withCorpusModel(file, async (loaded) => {
      const stop = new AbortController();
      const inside = rowInside(loaded, corpusGolden(file, corpusFolder).single, stop.signal);
      let runs = 0;
      const distances: InsideTarget["distances"] = async (block, brought) => {
        runs++;
        // As a message does, it comes in when the run lets others have their turn.
        setImmediate(() => stop.abort());
        return await inside.distances(block, brought);
      };
      const control = { seed: 0, signal: stop.signal };
      const run = alti.run({ ...inside, distances }, attentionQuestion(loaded.layers, 0), control);
      expect(await reasonOf(run)).toBe("cancelled");
      expect(runs).toBe(1);
    });
  });
});
