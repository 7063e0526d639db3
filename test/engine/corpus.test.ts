import path from "node:path";
import { describe, expect, it } from "vitest";
import { corpusFiles, corpusFolder } from "../support/corpus";
import { verdictOf } from "../support/corpusVerdict";

/** Files that are refused, each with what must be said of it; one that comes right must leave the list. */
const refused: Readonly<Record<string, RegExp>> = {
  // It pools pairs of tokens.
  "funnel.eager.dynamo18.fp32": /^refused: gradients: .* operator AveragePool, because there is no rule for it/,
};

const files = corpusFiles(path.join(corpusFolder, "models"));

describe("the corpus of exported models", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (label, file) => {
    const { text } = await verdictOf(file, corpusFolder);
    expect(text).toMatch(refused[label] ?? /^right$/);
  });

  it("has every file of the list", () => {
    const labels = files.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(Object.keys(refused)));
    expect(new Set(files.map(({ architecture }) => architecture)).size).toBeGreaterThanOrEqual(13);
  });
});
