import { describe, expect, it } from "vitest";
import { readPassages } from "../../../src/documents/readDocument";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const cases: readonly (readonly [string, string])[] = [
  ["a: plain text", "plain text"],
  ["text: I love it\nlabel: positive", "I love it"],
  ["- text: I love it\n  label: positive\n- text: no\n  label: negative", "I love it\nno"],
  ["- {label: positive, text: I love it}\n«- {label: negative, text: not for me}»", "not for me"],
  ["text: I «love it\nlabel: pos»itive", "love it"],
  ['a: "quoted"', "quoted"],
  ["a: 'quoted'", "quoted"],
  ["a: 'it''s'", "it{''='}s"],
  ['a: "caf\\u00e9 \\x41 \\n b"', "caf{\\u00e9=é} {\\x41=A} \n b"],
  ['a: "\\U0001F600 \\ud83d\\ude00"', "{\\U0001F600=😀} {\\ud83d\\ude00=😀}"],
  ['a: "say \\"hi\\" \\\\"', 'say {\\"="}hi{\\"="} {\\\\=\\}'],
  ["a: plain\n  folded", "plain folded"],
  ["a: plain\n\n  parted", "plain\nparted"],
  ['a: "one\n  two"', "one two"],
  ['a: "one \\\n  two"', "one two"],
  ["a: |\n  one\n  two\n", "one\ntwo"],
  ["a: |\n  one\n    in\n", "one\n  in"],
  ["a: |-\n  one\n\n  two\n", "one{\n\n  =\n\n}two"],
  ["a: >\n  one\n  two\n", "one two"],
  ["a: >-\n  one\n\n  two\n", "one\ntwo"],
  ["a: >\n  one\n    kept\n  two\n", "one\n  kept\ntwo"],
  ["a: |2\n    one\n", "one"],
  ["- one\n- two\n", "one\ntwo"],
  ['a: [one, "two", 3]', "one\ntwo"],
  ["a: {b: one, c: two}", "one\ntwo"],
  ["a: 12\nb: true\nc: null\nd: ~\ne: 1.5e3\nf: text", "text"],
  ["a: o¦ne\nb: two", "one"],
  ["a: one\nb: t¦wo", "two"],
  ["a¦: one\nb: two", "one"],
  ["a: one\n¦b: two", "two"],
  ["a: 1¦2", "error: text-empty"],
  ["a:\n  b:\n    - c: de¦ep\n    - d: no\n", "deep"],
  ["a: |\n  one t¦wo\n  three\nb: no", "one two\nthree"],
  ["a: |\n  one\n\n¦\n  three\nb: no", "one{\n\n\n  =\n\n\n}three"],
  ["a: one # comment\n", "one"],
  ["# comment\na: one", "one"],
  ["---\na: one\n---\nb: two", "one\ntwo"],
  ["a: gor«geous and bo»red", "gorgeous and bored"],
  ["a: x «y\nb: z» w", "y\nz"],
  ["a: &anchor one\nb: *anchor", "one"],
  ["a: !!str one", "one"],
  ["a: one\r\nb: t¦wo\r\n", "two"],
  ["a: |\r\n  one\r\n  two\r\n", "one\ntwo"],
  ['a: "open\nb: x', 'raw(a: "open\nb: x)'],
  ["a: [one, two", "raw(a: [one, two)"],
  ["a: 😀 e\u0301", "😀 e\u0301"],
  ["just text", "just text"],
  ['a: it\'s "fine"', 'it\'s "fine"'],
  ["? key\n: value", "value"],
];

describe("YAML", () => {
  it.each(cases)("reads %j as %j", (source, expected) => {
    expect(readShown("yaml", source)).toBe(expected);
  });

  it("reads every value of a long document, part by part", () => {
    const text = Array.from({ length: 8000 }, (_, row) => `- id: ${row}\n  text: "caf\\u00e9 ${row}"\n`).join("");
    expect(text.length).toBeGreaterThan(262_144);
    const passages = readPassages({ text, offset: 0, start: 0, end: text.length, language: "yaml", path: "" });
    expect(passages.map((passage) => passage.text)).toEqual(Array.from({ length: 8000 }, (_, row) => `café ${row}`));
  });

  it("keeps text and ranges of 300 written documents, at each value", () => {
    for (let seed = 0; seed < 300; seed++) {
      const draw = new Draw(seed);
      const values: Written[] = [];
      const lineEnd = draw.of(["\n", "\r\n"]);
      let document = draw.of(["", `---${lineEnd}`, `# comment: no${lineEnd}`]);
      for (let entry = 1 + draw.below(5); entry > 0; entry--) {
        const depth = draw.below(4);
        for (let level = 0; level < depth; level++) {
          document += `${"  ".repeat(level)}k${level}:${lineEnd}`;
        }
        const indent = "  ".repeat(depth);
        const written = new Written().mark(`${document}${indent}${draw.of(["key: ", "- ", "- key: "])}`);
        writeScalar(draw, written, `${indent}      `, lineEnd);
        values.push(written);
        document = `${written.document}${lineEnd}`;
        // What follows must not go on with the list or the mapping before.
        document += `---${lineEnd}`;
      }
      for (const { text, ranges } of values) {
        const cursor = (ranges[draw.below(ranges.length)] ?? [0])[0];
        expectReading(
          { text: document, offset: 0, start: cursor, end: cursor, language: "yaml", path: "" },
          text,
          ranges,
        );
      }
    }
  });
});

function writeScalar(draw: Draw, written: Written, indent: string, lineEnd: string): void {
  const kind = draw.of(["plain", "single", "double", "literal", "folded"] as const);
  written.mark(
    { plain: "", single: "'", double: '"', literal: `|${lineEnd}${indent}`, folded: `>-${lineEnd}${indent}` }[kind],
  );
  written.write(drawWord(draw));
  const breakUp: [string, string] = kind === "literal" ? ["\n", lineEnd] : [" ", lineEnd];
  for (let part = draw.below(6); part > 0; part--) {
    if (draw.below(3) === 0) {
      // A line end is a range of its own where lines are kept; where they are joined it is one with the indentation.
      const source = `${breakUp[1]}${indent}`;
      written.write(breakUp[0], source);
    } else if (kind === "double") {
      const [text = "", source] = draw.of([
        ["é", "\\u00e9"],
        ["😀", "\\U0001F600"],
        ['"', '\\"'],
        ["\n", "\\n"],
        ["\\", "\\\\"],
        [" ", " "],
        ["\u00a0", "\\_"],
        ["A", "\\x41"],
      ]);
      written.write(text, source);
    } else {
      written.write(
        ...(kind === "single"
          ? draw.of<[string, string]>([
              ["'", "''"],
              [" ", " "],
            ])
          : ([" ", " "] as [string, string])),
      );
    }
    written.write(drawWord(draw));
  }
  written.mark({ plain: "", single: "'", double: '"', literal: "", folded: "" }[kind]);
}
