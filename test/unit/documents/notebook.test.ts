import { describe, expect, it } from "vitest";
import { readDocument, readPassages } from "../../../src/documents/readDocument";
import { expectReading, readShown, shown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const notebook = JSON.stringify(
  {
    cells: [
      {
        cell_type: "markdown",
        metadata: {},
        source: ["# Title é😀\n", "\n", 'Some *bold* text &amp; "quo', 'ted".\n', "- item"],
      },
      {
        cell_type: "code",
        execution_count: 1,
        metadata: {},
        outputs: [{ data: { "text/plain": ["an output"] } }],
        source: ["# A comment\n", "# goes on\n", 'x = "it\'s text"\n', "y = f'{x} more'"],
      },
      { cell_type: "raw", metadata: {}, source: "raw text\nhere" },
      { cell_type: "code", metadata: {}, source: [], outputs: [] },
    ],
    metadata: { kernelspec: { language: "python" }, language_info: { name: "python" } },
    nbformat: 4,
  },
  null,
  1,
)
  .replace("é", "\\u00e9")
  .replace("&amp;", "&\\u0061mp;");

const cases: readonly (readonly [string, string])[] = [
  ["Title", "Title {\\u00e9=é}😀"],
  ["bold", 'Some bold text {&\\u0061mp;=&} {\\"="}quoted{\\"="}.'],
  ['ted\\"', 'Some bold text {&\\u0061mp;=&} {\\"="}quoted{\\"="}.'],
  ["item", "item"],
  ["A comment", "A comment goes on"],
  ["goes on", "A comment goes on"],
  ["it's", "it's text"],
  ["more", "more"],
  ["raw text", "raw text\nhere"],
  ["an output", 'raw("an output")'],
  ["execution", 'raw("execution_count": 1,)'],
];

describe("notebooks", () => {
  it.each(cases)("reads what is at %j as %j", (place, expected) => {
    const at = notebook.indexOf(place) + 1;
    expect(readShown("notebook", `${notebook.slice(0, at)}¦${notebook.slice(at)}`)).toBe(expected);
  });

  it("reads every passage of a file that is named as one, and of one that is opened as JSON", () => {
    const request = { text: notebook, offset: 0, start: 0, end: notebook.length };
    const passages = readPassages({ ...request, language: "", path: "a.ipynb" });
    expect(passages.map((reading) => shown(notebook, reading))).toEqual([
      "Title {\\u00e9=é}😀",
      'Some bold text {&\\u0061mp;=&} {\\"="}quoted{\\"="}.',
      "item",
      "A comment goes on",
      "it's text",
      "more",
      "raw text\nhere",
    ]);
    expect(readDocument({ ...request, language: "json", path: "a.ipynb" }).kind).toBe("notebook");
    expect(readDocument({ ...request, language: "markdown", path: "a.ipynb" }).kind).toBe("markdown");
  });

  it("reads code in the notebook's language", () => {
    const cell = { cell_type: "code", source: ["// on¦e\n", "x"] };
    const metadata = { language_info: { name: "javascript" } };
    expect(readShown("notebook", JSON.stringify({ cells: [cell], metadata }))).toBe("one");
  });

  it.each(['{"cells":[', "{}", "[1]", "no JSON", '{"cells": [{"cell_type": "markdown"}]'])(
    "takes %j as it is",
    (text) => {
      expect(readShown("notebook", text)).toBe(`raw(${text})`);
    },
  );

  it("keeps text and ranges of 300 written notebooks, at each cell", () => {
    for (let seed = 0; seed < 300; seed++) {
      const cells: Written[] = [];
      const draw = new Draw(seed);
      let document = '{"cells":[';
      for (let count = 1 + draw.below(4); count > 0; count--) {
        const cell = writeCell(draw, document);
        cells.push(cell);
        document = `${cell.document}${count > 1 ? ",\n" : ""}`;
      }
      document += "]}";
      for (const { text, ranges } of cells) {
        const cursor = (ranges[draw.below(ranges.length)] ?? [0])[0];
        expectReading(
          { text: document, offset: 0, start: cursor, end: cursor, language: "notebook", path: "" },
          text,
          ranges,
        );
      }
    }
  });
});

/** A cell with one passage: prose, a comment or a string. */
function writeCell(draw: Draw, before: string): Written {
  const [kind, open, close] = draw.of([
    ["markdown", "", ""],
    ["markdown", "# ", "\\n"],
    ["code", "x = 1\\n# ", "\\n"],
    ["code", "x = '", "'"],
    ["raw", "", ""],
  ] as const);
  const written = new Written().mark(`${before}{"cell_type":"${kind}","source":["${open}`).write(drawWord(draw));
  for (let word = draw.below(6); word > 0; word--) {
    const [text, source] = draw.of([
      [" ", " "],
      [" ", '","\\u0020'],
      ["é", "\\u00e9"],
      ["😀", "\\ud83d\\ude00"],
      ["/", "\\/"],
      ["", '","'],
    ] as const);
    if (text === " " && source !== " ") {
      written.mark('","').write(" ", "\\u0020");
    } else if (text === "") {
      written.mark(source);
    } else {
      written.write(text, source);
    }
    written.write(drawWord(draw));
  }
  return written.mark(`${close}"]}`);
}
