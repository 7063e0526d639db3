import { describe, expect, it } from "vitest";
import { circlesIn, codeFiles, importsOf } from "../../support/sourceCode";

describe("the imports of the code", () => {
  it("have no circle, not even of types", () => {
    const files = codeFiles("src", "webview", "bench", "scripts");
    const known = new Set(files.map(({ path }) => path));
    const graph = new Map(files.map((file) => [file.path, importsOf(file, known)]));
    // What goes in circles would be found: the files are read, and their imports.
    expect(graph.get("src/graph/shapes/shapes.ts")).toContain("src/graph/shapes/shapeRules.ts");
    expect(graph.get("src/graph/shapes/shapeValues.ts")).toContain("src/graph/shapes/known.ts");
    expect(circlesIn(graph)).toEqual([]);
  });

  it("would be found to have some", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["b"]],
      ["d", []],
      ["e", ["e", "d"]],
    ]);
    expect(circlesIn(graph)).toEqual([["b", "c"], ["e"]]);
  });
});
