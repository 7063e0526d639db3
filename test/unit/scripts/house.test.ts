import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../scripts/lib/paths.mjs";
import { methodIds } from "../../../src/common/method";
import { taskIds } from "../../../src/common/task";
import { lookAnswers } from "../../../src/engine/looks/registry";
import { exportIds } from "../../../src/exports/registry";
import { circlesIn, codeFiles, comparedStrings, importsOf, nodesOf } from "../../support/sourceCode";

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

describe("what is exported", () => {
  it("is used in another file", () => {
    const files = codeFiles("src", "webview", "bench", "test");
    const words = files.map(({ text }) => new Set(text.match(/[\w$]+/g)));
    const unused = files.flatMap(({ path: file, text }, own) =>
      [...text.matchAll(/^export (?:abstract |async )?(?:const|let|function\*?|class) (\w+)/gm)]
        .map(([, name = ""]) => name)
        .filter((name) => !words.some((all, other) => other !== own && all.has(name)))
        .map((name) => `${file} ${name}`),
    );
    expect(unused).toEqual([]);
  });
});

/** Where the name of a method, an export, a look or a section is one of something else. */
const otherMeanings: readonly (readonly [place: RegExp, meaning: string])[] = [
  [/scores === "attention"/, "a kind of score"],
  [
    /asks === "attention"|^src\/engine\/(?:explain|planned)\.ts: case "attention"/,
    "a kind of question that methods ask",
  ],
  [/method\.of === "text"/, "what a method hides words of"],
  [/byLanguage\?\.kind === "json"/, "a kind of document"],
];

describe("names of methods, tasks, sections, looks and exports", () => {
  const sections = readdirSync(path.join(root, "webview/sections"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const looks = Object.keys(lookAnswers);
  const ids = new Set<string>([...methodIds, ...exportIds, ...sections, ...looks, ...taskIds]);
  /** Files that may know a name: its own, and the tables. */
  const mayKnow = (file: string, id: string) =>
    file === `src/methods/${id}.ts` ||
    file.startsWith(`src/methods/${id}/`) ||
    file === `src/exports/${id}.ts` ||
    file.startsWith(`webview/sections/${id}/`) ||
    file === `src/engine/looks/${id}.ts` ||
    file === `src/tasks/${id}.ts` ||
    file === `webview/prediction/${id}.ts` ||
    file.endsWith("/registry.ts");

  it("are compared and switched on nowhere but in their own files and their tables", () => {
    const found = codeFiles("src", "webview").flatMap(({ path: file, text }) =>
      comparedStrings(text)
        .filter(({ value }) => ids.has(value) && !mayKnow(file, value))
        .map(({ shown }) => `${file}: ${shown}`),
    );
    expect(found.filter((place) => !otherMeanings.some(([other]) => other.test(place)))).toEqual([]);
    expect(otherMeanings.filter(([other]) => !found.some((place) => other.test(place)))).toEqual([]);
  });
});

/** What a function is called, as far as it says so itself. */
function nameOf(text: string): string {
  return (
    /^(?:(?:async|override|private|protected|public|static|function|get|set)\s+|\*\s*)*([#\w]*)/.exec(text)?.[1] ?? ""
  );
}
