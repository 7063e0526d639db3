import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { alti } from "../../src/methods/alti";
import { attentionGradient } from "../../src/methods/attentionGradient";
import { attentionNorm } from "../../src/methods/attentionNorm";
import { chefer } from "../../src/methods/chefer";
import type { InsideTarget } from "../../src/methods/inside";
import type { InsideMethod } from "../../src/methods/method";
import { valueZeroing } from "../../src/methods/valueZeroing";
import { corpusFiles, corpusFolder, corpusGolden, type StoredFloats, storedFloats } from "../support/corpus";
import { rowInside, withCorpusModel } from "../support/corpusRow";
import { attentionQuestion } from "../unit/methods/question";

/** What torch has; see `test/corpus/through.py`. Relevance is without the identity it begins with. Matrices are [tokens, tokens], `norms` and `attentionGradient` have an entry for each layer. */
interface Golden {
  readonly attentionGradient: readonly StoredFloats[];
  readonly chefer: StoredFloats;
  readonly valueZeroing: StoredFloats;
  readonly alti: StoredFloats;
  readonly norms: readonly StoredFloats[];
}

const goldenOf = (architecture: string) => path.join(corpusFolder, "through", `${architecture}.json`);
const files = corpusFiles(path.join(corpusFolder, "models")).filter(
  ({ variant, architecture }) => variant === "fp32" && existsSync(goldenOf(architecture)),
);

const control = { seed: 0, signal: new AbortController().signal };

/** The row of a matrix that a method answers with, or the mean of all. */
function rowOf(matrix: Float32Array, tokens: number, read: number | null): number[] {
  const rows = read === null ? Array.from({ length: tokens }, (_, row) => row) : [read];
  return Array.from({ length: tokens }, (_, key) =>
    rows.reduce((sum, row) => sum + (matrix[row * tokens + key] ?? Number.NaN) / rows.length, 0),
  );
}

async function differs(
  method: InsideMethod,
  target: InsideTarget,
  { read, layer }: { readonly read: number | null; readonly layer: number },
  expected: readonly number[],
): Promise<number> {
  const { values } = await method.run(target, attentionQuestion(2, read, layer), control);
  expect(values).toHaveLength(expected.length);
  const most = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs((values[at] ?? Number.NaN) - value))) / most;
}

describe("methods that look through attention agree with torch", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (_, file) => {
    const golden: Golden = JSON.parse(readFileSync(goldenOf(file.architecture), "utf8"));
    await withCorpusModel(file, async (model) => {
      const inside = rowInside(model, corpusGolden(file, corpusFolder).single);
      const { tokens } = inside;
      for (const [layer, expected] of golden.attentionGradient.entries()) {
        const found = await differs(attentionGradient, inside, { read: 0, layer }, [...storedFloats(expected)]);
        expect(found).toBeLessThan(1e-5);
      }
      const relevance = storedFloats(golden.chefer);
      for (const read of [0, tokens - 1, null]) {
        const place = { read, layer: 0 };
        expect(await differs(chefer, inside, place, rowOf(relevance, tokens, read))).toBeLessThan(1e-5);
        const zeroed = rowOf(storedFloats(golden.valueZeroing), tokens, read);
        expect(await differs(valueZeroing, inside, place, zeroed)).toBeLessThan(1e-5);
        expect(await differs(alti, inside, place, rowOf(storedFloats(golden.alti), tokens, read))).toBeLessThan(1e-5);
        for (const [layer, sizes] of golden.norms.entries()) {
          const expected = rowOf(storedFloats(sizes), tokens, read);
          expect(await differs(attentionNorm, inside, { read, layer }, expected)).toBeLessThan(1e-5);
        }
      }
    });
  });

  it("covers models that normalise before and after, and causal ones", () => {
    expect(new Set(files.map(({ architecture }) => architecture)).size).toBeGreaterThanOrEqual(8);
  });
});
