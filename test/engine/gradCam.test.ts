import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { gradCam } from "../../src/methods/gradCam";
import { corpusFiles, corpusFolder, corpusGolden, type StoredFloats, storedFloats } from "../support/corpus";
import { rowInside, withCorpusModel } from "../support/corpusRow";
import { attentionQuestion } from "../unit/methods/question";

/** The scores of each layer by torch; see `test/corpus/gradCam.py`. */
const goldenOf = (architecture: string) => path.join(corpusFolder, "gradCam", `${architecture}.json`);
const files = corpusFiles(path.join(corpusFolder, "models")).filter(
  ({ variant, architecture }) => variant === "fp32" && existsSync(goldenOf(architecture)),
);

describe("Grad-CAM agrees with torch at every layer", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (_, file) => {
    const golden: readonly StoredFloats[] = JSON.parse(readFileSync(goldenOf(file.architecture), "utf8"));
    expect(golden.length).toBeGreaterThan(0);
    await withCorpusModel(file, async (model) => {
      const inside = rowInside(model, corpusGolden(file, corpusFolder).single);
      for (const [layer, stored] of golden.entries()) {
        const expected = storedFloats(stored);
        const question = attentionQuestion(2, 0, layer);
        const { values } = await gradCam.run(inside, question, { seed: 0, signal: new AbortController().signal });
        expect(values).toHaveLength(expected.length);
        const most = Math.max(...expected, 1e-6);
        expected.forEach((value, token) => {
          expect(Math.abs((values[token] ?? Number.NaN) - value) / most).toBeLessThan(1e-5);
        });
      }
    });
  });
});
