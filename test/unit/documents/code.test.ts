import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Parser } from "@lezer/common";
import { parser as cpp } from "@lezer/cpp";
import { parser as go } from "@lezer/go";
import { parser as java } from "@lezer/java";
import { parser as javascript } from "@lezer/javascript";
import { parser as python } from "@lezer/python";
import { parser as rust } from "@lezer/rust";
import { describe, expect, it } from "vitest";
import { named } from "../../../src/common/documentNames";
import { codeLanguages } from "../../../src/documents/code/languages";
import { CodeScanner } from "../../../src/documents/code/scanner";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const cases: readonly (readonly [string, string, string])[] = [
  ["python", "# a com¦ment\nx = 1", "a comment"],
  ["python", "# first\n# sec¦ond\n\n# other", "first second"],
  ["python", "# first\n#\n# sec¦ond", "first\nsecond"],
  ["python", 'message = "I l¦ove it"', "I love it"],
  ["python", "message = 'it\\'s ¦\\u00e9'", "it{\\'='}s {\\u00e9=é}"],
  ["python", "p = r'raw \\n ¦\\'s'", "raw \\n \\'s"],
  ["python", "p = f'Hello {na¦me}, {{x}}'", "Hello , {{{=\\{}x{}}=\\}}".replaceAll("\\", "")],
  ["python", "p = f'{a[\"k\"]}: te¦xt'", ": text"],
  ["python", "p = b'by¦tes \\x41'", "bytes {\\x41=A}"],
  ["python", 'def f():\n    """Doc line.\n\n    More l¦ines\n    here.\n    """\n', "Doc line.\nMore lines here."],
  ["python", 'x = """two\nli¦nes"""', "two\nlines"],
  ["python", "x = 'Ma¦rk \\d'", "Mark \\d"],
  ["python", "x = y¦ + 1", "raw(x = y + 1)"],
  ["python", "\n¦\nx = 1", "error: text-empty"],
  ["python", "x = 'one' + «'two' + 'thr»ee'", "two\nthree"],
  ["python", "x = «y + 1»", "raw(y + 1)"],
  ["python", "# gor«geous # bo»red", "gorgeous # bored"],
  ["python", "x = '# no com¦ment'", "# no comment"],
  ["python", "x = 1  # afte¦r\n# below", "after below"],
  ["javascript", "// a com¦ment", "a comment"],
  ["javascript", "/** A do¦c\n * comment. {@link x}\n *\n * @param a b\n */", "A doc comment. {@link x}\n@param a b"],
  ["javascript", "const s = 'it\\'s ¦\\u{1F600}';", "it{\\'='}s {\\u{1F600}=😀}"],
  ["javascript", `const s = \`a \${b + \`c \${'}'} d\`} e¦ \\\`\`;`, "a  e {\\`=`}"],
  ["javascript", 'const r = /"/; const s = "a¦b";', "ab"],
  ["javascript", 'const r = a / b; const s = "a¦b"; c / d', "ab"],
  ["javascript", 'const r = [/[/"]/g]; const s = "a¦b";', "ab"],
  ["javascript", "const s = 'line \\\ngoes o¦n';", "line goes on"],
  ["javascript", "const s = 'never¦ closed\nx = 'fine'", "raw(const s = 'never closed)"],
  ["javascript", "x = 'http://no.com¦ment'", "http://no.comment"],
  ["javascript", "<p>Don't</p>\nx = 'y¦es'", "yes"],
  ["typescript", 'let a: string = "x\\x41\\102¦";', "x{\\x41=A}{\\102=B}"],
  ["java", 'char c = \'"\'; String s = "a¦b";', "ab"],
  ["java", 'String t = """\n    one\n      tw¦o\n    """;', "one\n  two"],
  ["java", "/* one\n   tw¦o */", "one two"],
  ["cpp", 'auto r = R"x(raw )" \\n t¦ext)x";', 'raw )" \\n text'],
  ["cpp", "int n = 1'000'000; // ten¦ths", "tenths"],
  ["cpp", '#include "no.h"\nauto s = L"wi¦de";', "wide"],
  ["rust", "fn f<'a>(x: &'a str) { \"te¦xt\" }", "text"],
  ["rust", 'let r = r#"a "raw" t¦ext"#;', 'a "raw" text'],
  ["rust", "/* a /* nested */ com¦ment */", "a /* nested */ comment"],
  ["go", "s := `raw \\n t¦ext`", "raw \\n text"],
  ["csharp", 'var s = @"a ""quo¦ted"" \\n";', 'a {""="}quoted{""="} \\n'],
  ["csharp", 'var s = $"Hello {name}, ¦{{x}}";', "Hello , {{{=\\{}x{}}=\\}}".replaceAll("\\", "")],
  ["shellscript", 'echo "a $b \\"quo¦ted\\" \\n"', 'a $b {\\"="}quoted{\\"="} \\n'],
  ["shellscript", "echo 'single \\n¦'", "single \\n"],
  ["shellscript", `echo \${#array[@]} # com¦ment`, "comment"],
  ["sql", "SELECT 'it''s¦' -- no\n", "it{''='}s"],
  ["sql", "SELECT 1 -- a com¦ment\n", "a comment"],
  ["php", "<?php $a = 'it\\'s ¦\\n';", "it{\\'='}s \\n"],
  ["ruby", "s = \"Hi #{name['x']} t¦here\"", "Hi  there"],
  ["css", "a { content: 'x'; } /* no¦te */", "note"],
  ["powershell", 'Write-Host "a `"quo¦ted`""', 'a {`"="}quoted{`"="}'],
  ["lua", "s = [[raw\n¦text]] -- x", "raw\ntext"],
  ["haskell", "{- a {- b -} ¦c -}", "a {- b -} c"],
  ["toml", "s = 'lit\\eral¦'", "lit\\eral"],
];

describe("comments and strings of source code", () => {
  it.each(cases)("reads %s %j as %j", (language, source, expected) => {
    expect(readShown(language, source)).toBe(expected);
  });

  it("finds the comments and strings that the language's own grammar finds, in this repository's sources", () => {
    const root = path.join(import.meta.dirname, "../../../src");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const text = readFileSync(path.join(root, file), "utf8");
      expect(scanned(text, "typescript"), file).toEqual(parsed(text, javascript.configure({ dialect: "ts" })));
    }
  });

  it.each([
    ["javascript", javascript],
    ["python", python],
    ["java", java],
    ["cpp", cpp],
    ["rust", rust],
    ["go", go],
  ] as const)("finds what the grammar of %s finds in 300 written programs", (language, parser) => {
    for (let seed = 0; seed < 300; seed++) {
      const program = writeProgram(new Draw(seed), language).map(({ document }) => document);
      const text = program.at(-1) ?? "";
      expect(scanned(text, language), text).toEqual(parsed(text, parser));
    }
  });

  it.each(Object.keys(forms()))(
    "keeps text and ranges of 300 written programs of %s, at each string and comment",
    (language) => {
      for (let seed = 0; seed < 300; seed++) {
        const pieces = writeProgram(new Draw(seed), language);
        const text = pieces.at(-1)?.document ?? "";
        for (const piece of pieces) {
          const cursor = (piece.ranges[seed % piece.ranges.length] ?? [0])[0];
          expectReading({ text, offset: 0, start: cursor, end: cursor, language, path: "" }, piece.text, piece.ranges);
        }
      }
    },
  );
});

function scanned(text: string, language: string): [number, number][] {
  const known = named(language);
  return known?.kind === "code"
    ? [...new CodeScanner(text, codeLanguages[known.language]).find(0)].map(({ start, end }) => [start, end])
    : [];
}

/** Where a grammar's tree has comments and strings; those in the expressions of a string, and characters, are passed over. */
function parsed(text: string, parser: Parser): [number, number][] {
  const found: [number, number][] = [];
  parser.parse(text).iterate({
    enter: ({ name, from, to }) => {
      if (
        /^(?:(?:Line|Block)?Comment|String|StringLiteral|FormatString|TemplateString|TemplateType|RawString|TextBlock)$/.test(
          name,
        )
      ) {
        found.push([from, to]);
        return false;
      }
      return true;
    },
  });
  return found;
}

type Escape = readonly [string, string];

/** How the written programs write strings in each language: what is around them, and what may be inside. */
function forms(): Record<string, readonly { open: string; close: string; inside: readonly Escape[] }[]> {
  const common: Escape[] = [
    [" ", " "],
    ["\\", "\\\\"],
    ["\n", "\\n"],
    ["A", "\\x41"],
    ["\t", "\\t"],
  ];
  const unicode: Escape[] = [["é", "\\u00e9"]];
  return {
    javascript: [
      {
        open: '"',
        close: '"',
        inside: [...common, ...unicode, ['"', '\\"'], ["😀", "\\u{1F600}"], ["😀", "\\ud83d\\ude00"], ["// ", "// "]],
      },
      { open: "'", close: "'", inside: [...common, ...unicode, ["'", "\\'"], ['"', '"']] },
      {
        open: "`",
        close: "`",
        inside: [...common, ["`", "\\`"], ["\n", "\n"], ["\n", "\r\n"], ["'", "'"], ["", `\${a + \`b\${'}'}\`}`]],
      },
    ],
    python: [
      { open: '"', close: '"', inside: [...common, ...unicode, ['"', '\\"'], ["😀", "\\U0001F600"], ["# ", "# "]] },
      { open: "'", close: "'", inside: [...common, ["'", "\\'"], ["\\d", "\\d"]] },
      {
        open: "r'",
        close: "'",
        inside: [
          [" ", " "],
          ["\\n", "\\n"],
          ["\\'", "\\'"],
        ],
      },
      { open: '"""', close: '"""', inside: [...common, ["\n", "\n"], ["' ", "' "]] },
      { open: "f'", close: "'", inside: [...common, ["{", "{{"], ["}", "}}"], ["", "{a['b']}".replaceAll("'", '"')]] },
    ],
    java: [
      {
        open: '"',
        close: '"',
        inside: [[" ", " "], ["\\", "\\\\"], ["\n", "\\n"], ...unicode, ['"', '\\"'], ["'", "'"], ["/* ", "/* "]],
      },
    ],
    cpp: [
      { open: '"', close: '"', inside: [...common, ['"', '\\"'], ["é", "\\u00e9"], ["'", "'"]] },
      {
        open: 'R"ab(',
        close: ')ab"',
        inside: [
          [" ", " "],
          ["\\n", "\\n"],
          ['" ', '" '],
          [")", ")"],
          ["\n", "\n"],
        ],
      },
    ],
    rust: [
      { open: '"', close: '"', inside: [...common, ['"', '\\"'], ["é", "\\u{e9}"], ["\n", "\n"], ["'a ", "'a "]] },
      {
        open: 'r#"',
        close: '"#',
        inside: [
          [" ", " "],
          ["\\n", "\\n"],
          ['" ', '" '],
        ],
      },
    ],
    go: [
      { open: '"', close: '"', inside: [...common, ...unicode, ['"', '\\"'], ["`", "`"]] },
      {
        open: "`",
        close: "`",
        inside: [
          [" ", " "],
          ["\\n", "\\n"],
          ['" ', '" '],
          ["\n", "\n"],
        ],
      },
    ],
    csharp: [
      { open: '"', close: '"', inside: [...common, ...unicode, ['"', '\\"']] },
      {
        open: '@"',
        close: '"',
        inside: [
          [" ", " "],
          ['"', '""'],
          ["\\n", "\\n"],
          ["\n", "\n"],
        ],
      },
    ],
    shellscript: [
      {
        open: '"',
        close: '"',
        inside: [
          [" ", " "],
          ['"', '\\"'],
          ["$", "\\$"],
          ["\\n", "\\n"],
          ["'", "'"],
          ["\n", "\n"],
        ],
      },
      {
        open: "'",
        close: "'",
        inside: [
          [" ", " "],
          ['"', '"'],
          ["\\n", "\\n"],
          ["# ", "# "],
        ],
      },
    ],
  };
}

/** Writes a program, and gives its strings and comments, each with the document so far. */
function writeProgram(draw: Draw, language: string): Written[] {
  const isHash = language === "python" || language === "shellscript";
  const end = isHash ? "\n" : ";\n";
  const pieces: Written[] = [];
  let document = "";
  for (let statement = 1 + draw.below(6); statement > 0; statement--) {
    const kind = draw.of(["string", "string", "line", "block"] as const);
    const written = new Written();
    if (kind === "string") {
      const form = draw.of(forms()[language] ?? []);
      written.mark(`${document}${language === "shellscript" ? "x=" : "x = "}${form.open}`).write(drawWord(draw));
      for (let part = draw.below(6); part > 0; part--) {
        const [text, source] = draw.of(form.inside);
        written.write(text, source).write(drawWord(draw));
      }
      written.mark(`${form.close}${end}`);
    } else if (kind === "line" || isHash) {
      const mark = isHash ? draw.of(["# ", "#", "## "]) : draw.of(["// ", "/// ", "//"]);
      const indent = draw.of(["", "  "]);
      written.mark(`${document}${indent}${mark}`).write(drawWord(draw));
      for (let word = draw.below(6); word > 0; word--) {
        written.write(" ", draw.of([" ", "  ", `\n${indent}${mark}`])).write(drawWord(draw));
      }
      written.mark(`\n\ny = 1${end}`);
    } else {
      written.mark(`${document}${draw.of(["/* ", "/** ", "/**\n * "])}`).write(drawWord(draw));
      for (let word = draw.below(6); word > 0; word--) {
        written.write(" ", draw.of([" ", "\n * ", "\n   ", "\r\n * "])).write(drawWord(draw));
      }
      written.mark(`${draw.of([" */", "\n */"])}\n`);
    }
    document = written.document;
    pieces.push(written);
  }
  return pieces;
}
