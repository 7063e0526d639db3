import path from "node:path";
import { describe, expect, it } from "vitest";
import { corpusFiles, corpusFolder, corpusGolden, type StoredFloats, storedFloats } from "../support/corpus";
import { largest, largestDifference } from "../support/corpusMeasure";
import { rowInside, withCorpusModel } from "../support/corpusRow";

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
        expect(off(gradients.maps[layer] ?? new Float32Array(), slopes.mix)).toBeLessThan(1e-5);
      }
      const left: Float32Array[][] = [];
      await inside.zeroValues((token, vectors) => {
        left[token] = vectors.map(({ values }) => values.slice());
      });
      expect(left).toHaveLength(inside.tokens);
    });
  });
});
