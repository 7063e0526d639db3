import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { corpusFiles, corpusFolder, corpusGolden, corpusModel } from "../support/corpus";
import { goldenInside, measureInside } from "../support/corpusInside";

const files = corpusFiles(path.join(corpusFolder, "models")).filter(
  ({ variant, architecture }) =>
    ["fp32", "fused"].includes(variant) && existsSync(path.join(corpusFolder, "inside", `${architecture}.json`)),
);

describe("hidden states, value vectors, output projections and edited attention agree with torch", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (label, file) => {
    const golden = goldenInside(file.architecture, corpusFolder);
    const figures = await measureInside(corpusModel(file), corpusGolden(file, corpusFolder).right, golden);
    for (const [what, figure] of Object.entries(figures)) {
      expect(figure, `${label} ${what}`).toBeLessThan(file.variant === "fp32" ? 1e-5 : 1e-4);
    }
  });

  it("covers the architectures", () => {
    expect(new Set(files.map(({ architecture }) => architecture)).size).toBeGreaterThanOrEqual(12);
  });
});
