import { describe, expect, it } from "vitest";
import { tsvRecord } from "../../../src/cli/csv";
import { fieldAt, paragraphLines, sentenceAt, textKind } from "../../../src/editor/selectionText";

const cut = (text: string, span: { start: number; end: number }): string => text.slice(span.start, span.end);

describe("textKind", () => {
  it.each([
    ["markdown", "/a/reviews.md", false, "prose"],
    ["plaintext", "/a/tickets.csv", false, "csv"],
    ["csv", "/a/x", false, "csv"],
    ["plaintext", "/a/x.TSV", false, "tsv"],
    ["python", "/a/x.py", false, "lines"],
    ["markdown", "/a/x.ipynb", true, "cell"],
  ] as const)("%s %s is %s", (language, path, cell, kind) => {
    expect(textKind(language, path, cell)).toBe(kind);
  });
});

describe("sentenceAt", () => {
  const paragraph = "It is slow. Then a quiet scene\nchanges everything! Unforgettable?";
  it.each([
    [0, "It is slow."],
    [10, "It is slow."],
    [15, "Then a quiet scene\nchanges everything!"],
    [40, "Then a quiet scene\nchanges everything!"],
    [paragraph.length, "Unforgettable?"],
  ])("finds the sentence at %i, over line ends", (offset, expected) => {
    expect(cut(paragraph, sentenceAt(paragraph, offset))).toBe(expected);
  });

  it.each(["## Mixed feelings", "- Mixed feelings", "> Mixed feelings", "12. Mixed feelings", "  * Mixed feelings  "])(
    "leaves the mark of %s out",
    (line) => {
      expect(cut(line, sentenceAt(line, 0))).toBe("Mixed feelings");
    },
  );

  it("keeps CRLF offsets", () => {
    const text = "One is\r\nhere. Two is here.";
    expect(cut(text, sentenceAt(text, 16))).toBe("Two is here.");
  });

  it("gives an empty stretch for an empty line", () => {
    expect(sentenceAt("", 0)).toEqual({ start: 0, end: 0 });
  });
});

describe("paragraphLines", () => {
  const lines = ["# Title", "first", "second", "", "- item one", "  goes on", "- item two", "| a | b |", "after"];
  it.each([
    [0, 0, 0],
    [2, 1, 2],
    [4, 4, 5],
    [5, 4, 5],
    [6, 6, 6],
    [7, 7, 7],
    [8, 8, 8],
  ])("line %i is in the block %i to %i", (line, first, last) => {
    expect(paragraphLines((number) => lines[number] ?? "", lines.length, line)).toEqual({ first, last });
  });
});

describe("fieldAt", () => {
  const line = '1041,mail,"Friendly, quick ""help""", plain ,';
  it.each([
    [0, "1041"],
    [4, "1041"],
    [5, "mail"],
    [15, 'Friendly, quick ""help""'],
    [30, 'Friendly, quick ""help""'],
    [38, "plain"],
    [line.length, ""],
  ])("finds the field at %i", (offset, expected) => {
    expect(cut(line, fieldAt(line, offset, ","))).toBe(expected);
  });

  it("takes an open quote to the end of the line", () => {
    expect(cut('a,"open, end', fieldAt('a,"open, end', 5, ","))).toBe("open, end");
  });

  it.each([
    ['a,"",b', 2, ""],
    ['a,"",b', 4, ""],
    ['a,"",b', 5, "b"],
    ['"",""', 0, ""],
    ['"",""', 5, ""],
    ['"",x', 3, "x"],
  ])("finds nothing in empty quotation marks: %s at %i", (text, offset, expected) => {
    const span = fieldAt(text, offset, ",");
    expect(cut(text, span)).toBe(expected);
    expect(text[span.start - 1] ?? ",").toMatch(expected === "" ? '"' : ",");
  });

  it.each([
    ["a, b\tc d", 6, "c d"],
    ['a\t\t"c"', 2, ""],
    ['a\t\t"c"', 4, "c"],
    ['a\t"b\tc', 3, '"b'],
    ['a\t"b\tc', 6, "c"],
    ['a\t"b ""c"""\td', 4, 'b ""c""'],
    ['5" wide\t""', 1, '5" wide'],
    ['5" wide\t""', 9, ""],
  ])("separates by tabs as the command line does: %j at %i", (text, offset, expected) => {
    expect(cut(text, fieldAt(text, offset, "\t"))).toBe(expected);
    expect(tsvRecord({ line: 1, content: text }).fields).toContain(expected.replaceAll('""', '"'));
  });
});
