import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programs } from "./bundles";
import { run as runProgram } from "./commandLine";
import { sentiment } from "./support";

const program = programs.commandLine;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-documents-"));
});

afterAll(() => rm(folder, { recursive: true }));

const run = (args: readonly string[], input = "") =>
  runProgram(program, [...args, "--method", "random", "--model", sentiment.directory], input);

interface Result {
  readonly line?: number;
  readonly text: string;
  readonly reading?: readonly { readonly start: number; readonly end: number; readonly as: string }[];
  readonly tokens: readonly {
    readonly text: string;
    readonly start: number;
    readonly end: number;
    readonly special: boolean;
  }[];
  readonly warnings: readonly string[];
}

/** What the results' tokens are in the file, which is where their ranges lead. */
const inFile = (file: string, { tokens }: Result) =>
  tokens.filter(({ special }) => !special).map(({ start, end }) => file.slice(start, end));

/** What the command line says of every passage of a file. */
async function resultsOf(file: string, args: readonly string[] = []): Promise<Result[]> {
  const { status, out } = await run(["--input", file, ...args]);
  expect(status).toBe(0);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("documents on the command line", () => {
  it("reads standard input as the kind that --as names, with ranges of its own characters", async () => {
    const source = "A **gorgeous** caf&eacute;,\r\n> witty [film](http://x.org).";
    const { status, out } = await run(["-", "--as", "markdown", "--format", "json"], source);
    expect(status).toBe(0);
    const result: Result = JSON.parse(out);
    expect(result.text).toBe("A gorgeous café,\nwitty film.");
    expect(result.reading).toEqual([{ start: 0, end: source.length, as: "markdown" }]);
    expect(inFile(source, result)).toEqual(["A", "gorgeous", "caf&eacute;", ",", "witty", "film", "."]);
    expect(result.warnings[0]).toBe("Read: 2 paragraphs of Markdown; left out: marks, 1 link address.");
  });

  it("explains every passage of a document, each with the line it starts on", async () => {
    const source = "# Good\r\n\r\nI *love* it.\r\n\r\n```\r\nno()\r\n```\r\n\r\n- dull\r\n";
    const file = join(folder, "page.md");
    await writeFile(file, source);
    const results = await resultsOf(file);
    expect(results.map(({ line, text }) => [line, text])).toEqual([
      [1, "Good"],
      [3, "I love it."],
      [9, "dull"],
    ]);
    expect(results.map((result) => inFile(source, result))).toEqual([["Good"], ["I", "love", "it", "."], ["dull"]]);
  });

  it("explains a notebook cell by cell, with ranges of the file's own characters", async () => {
    const source = JSON.stringify(
      {
        cells: [
          { cell_type: "markdown", source: ["A *gorgeous*\n", 'caf&eacute; "film".'] },
          { cell_type: "code", source: ["x = 1\n", "# dull"], outputs: [{ text: ["no"] }] },
        ],
      },
      null,
      1,
    );
    const file = join(folder, "book.ipynb");
    await writeFile(file, source);
    for (const args of [[], ["--as", "notebook"]]) {
      const results = await resultsOf(file, args);
      expect(results.map(({ line, text }) => [line, text])).toEqual([
        [6, 'A gorgeous café "film".'],
        [14, "dull"],
      ]);
      expect(results.map((result) => inFile(source, result))).toEqual([
        ["A", "gorgeous", "caf&eacute;", '\\"', "film", '\\"', "."],
        ["dull"],
      ]);
    }
  });

  it("explains a file that cannot be read as it is, and says why", async () => {
    const file = join(folder, "broken.json");
    await writeFile(file, '{"text": "fine"');
    const { status, out } = await run(["--input", file]);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      text: '{"text": "fine"',
      warnings: ["A bracket is not closed.", "The text is explained as it is, not as JSON."],
    });
  });

  it("refuses a kind that it does not know, and columns of a document", async () => {
    expect(await run(["x", "--as", "runes"])).toMatchObject({ status: 2 });
    expect(await run(["--input", join(folder, "page.md"), "--column", "text"])).toMatchObject({ status: 2 });
    expect(await run(["--input", join(folder, "page.pdf")])).toMatchObject({ status: 2 });
  });
});
