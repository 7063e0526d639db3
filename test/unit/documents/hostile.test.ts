import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { documentKinds } from "../../../src/common/reading";
import { readDocument } from "../../../src/documents/readDocument";
import { Draw } from "../../support/writtenDocuments";

const pieces = [
  "[",
  "{",
  '{"a":',
  '"\\u00e9',
  "- ",
  "> ",
  "* ",
  'a: "x\n',
  "<div>",
  "<a ",
  "&amp",
  "<!--",
  "<![CDATA[",
  "[a](",
  "*a **b ",
  "`a ``b ",
  "- a\n\n",
  "|a",
  "$a\n\n",
  "$$a\\$",
  "\\cite{",
  "\\a[b ",
  "\\begin{quote}",
  "*a **b `c ",
  "|a ",
  "`$" + "{",
  "/a[ ",
  "'a\n",
  "''' \"\"\" ",
  "/* ",
  'r#"a ',
  '@"a $"b """ ',
  '"a""',
  '"a\t',
  "1\n00:00:01,000 --> 00:00:02,000\n<a <b {\\c\n\n",
  "[[[[",
  "<a>",
  "<a>{",
  "x = <a b='",
  "<<EOF\n",
  "<<A\nA\n",
  '"$(',
  "#{",
  'R"a(',
  "%{",
  "<?",
  "k = \\\n",
  "{{a}} ",
  "[^1] $a$ ",
  '{"cells":[{"source":["',
  "\ud800",
  "\u0000",
  "\r",
  "e\u0301\u0301",
  "a ",
] as const;
const languages = [
  ...documentKinds.filter((kind) => kind !== "code"),
  "javascript",
  "python",
  "rust",
  "csharp",
  "cpp",
  "shellscript",
  "lua",
  "typescriptreact",
  "php",
  "ruby",
  "sql",
  "matlab",
];

describe("hostile documents", () => {
  it.each(languages)("reads or refuses as %s what is deep, long or never closed", (language) => {
    for (const piece of pieces) {
      expectAnswer(piece.repeat(Math.ceil(20_000 / piece.length)), language);
    }
  });

  it.each(languages)("reads or refuses as %s what is put together at random", (language) => {
    for (let seed = 0; seed < 30; seed++) {
      const draw = new Draw(seed);
      expectAnswer(
        Array.from({ length: 1 + draw.below(60) }, () => draw.of(pieces)).join(draw.of(["", "\n", " "])),
        language,
      );
    }
  });
});

/** Expects a text with a range for each unit, or an error that says what to do; at a cursor and for everything. */
function expectAnswer(text: string, language: string): void {
  for (const start of [0, Math.floor(text.length / 2), text.length]) {
    for (const end of [start, text.length]) {
      try {
        const { runs, text: read } = readDocument({ text, offset: 0, start, end, language, path: "" });
        const length = runs.reduce((sum, value, index) => sum + (index % 3 === 0 ? value : 0), 0);
        expect(length).toBe(read.length);
      } catch (error) {
        expect(error).toBeInstanceOf(ExplainError);
      }
    }
  }
}
