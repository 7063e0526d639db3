import { describe, expect, it } from "vitest";
import { circlesIn, codeFiles, importsOf, nodesOf } from "../../support/sourceCode";

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

/** Functions that may be longer than the house allows, and why. */
const longFunctions: Readonly<Record<string, string>> = {
  "bench/estimates.ts run": "one table, from top to bottom",
  "src/editor/commands.ts commandHandlers": "a table of commands",
  "src/engine/explain.ts #predict": "an explanation, field by field",
  "src/extension.ts activate": "the list of the parts and what connects them",
};

const mostLines = { file: 300, function: 60 } as const;
const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunction", "MethodDeclaration"]);

describe("the code", () => {
  const files = codeFiles("src", "webview", "bench", "scripts");

  it("has files of at most 300 lines", () => {
    const long = files.filter(({ lines }) => lines > mostLines.file).map(({ path }) => path);
    expect(long).toEqual([]);
  });

  it("has functions of at most 60 lines", () => {
    const long = files.flatMap(({ path, text }) =>
      nodesOf(text, functions)
        .filter(({ lines }) => lines > mostLines.function)
        .map((node) => `${path} ${nameOf(node.text)}`),
    );
    expect([...new Set(long)].sort()).toEqual(Object.keys(longFunctions).sort());
  });
});

/** What a function is called, as far as it says so itself. */
function nameOf(text: string): string {
  return (
    /^(?:(?:async|override|private|protected|public|static|function|get|set)\s+|\*\s*)*([#\w]*)/.exec(text)?.[1] ?? ""
  );
}
