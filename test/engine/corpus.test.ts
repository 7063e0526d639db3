import path from "node:path";
import { describe, expect, it } from "vitest";
import { corpusFiles, corpusFolder } from "../support/corpus";
import { verdictOf } from "../support/corpusVerdict";

const files = corpusFiles(path.join(corpusFolder, "models"));

describe("the corpus of exported models", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (_, file) => {
    expect((await verdictOf(file, corpusFolder)).text).toBe("right");
  });

  it("has all architectures", () => {
    expect(new Set(files.map(({ architecture }) => architecture)).size).toBeGreaterThanOrEqual(13);
  });
});
