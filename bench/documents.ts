import type { ReadRequest } from "../src/common/reading";
import { readDocument } from "../src/documents/readDocument";

const megabyte = 1_000_000;
const sentence = "A gorgeous, witty and deeply moving film that never lets go of its people. ";

/** One piece of each kind of document, repeated up to a megabyte. */
const samples: Readonly<Record<string, string>> = {
  plaintext: `${sentence}${sentence}\n\n`,
  markdown: `## Heading\n\n${sentence}With a [link](http://x.org), *emphasis* and &amp;.\n\n- item one\n- item two\n\n`,
  restructuredtext: `Heading\n-------\n\n${sentence}With \`a link <http://x.org>\`_ and *emphasis*.\n\n- item one\n\n`,
  html: `<div class="x"><h2>Heading</h2><p>${sentence}With a <a href="http://x.org">link</a> &amp; more.</p></div>\n`,
  xml: `<item id="1"><title>Heading</title><text>${sentence}&amp; more</text></item>\n`,
  latex: `\\section{Heading}\n${sentence}With \\emph{emphasis}, $x^2$ and caf\\'{e}~\\cite{key}.\n\n`,
  jsonl: `{"id": 12, "text": "${sentence}caf\\u00e9", "label": "positive"}\n`,
  yaml: `- id: 12\n  text: "${sentence}caf\\u00e9"\n  label: positive\n`,
  csv: `12,"${sentence}He said ""yes""",positive\n`,
  tsv: `12\t${sentence}\tpositive\n`,
  javascript: `// A comment about what follows.\nexport function f(a, b) {\n  const text = "${sentence}";\n  return a / b + text.replace(/"/g, \`x\${a}\`);\n}\n`,
  python: `def f(a, b):\n    """${sentence}"""\n    # A comment about what follows.\n    return f"{a}: ${sentence}" + 'x' * b\n\n`,
  cpp: `// A comment about what follows.\nint f(int a) {\n  return puts("${sentence}") + 'x' + 1'000;\n}\n`,
  tsx: `export const F = ({ name }: Props) => (\n  <p className="x">\n    Don't {name ? "miss" : \`\${name}\`} <b>this</b>: ${sentence}\n  </p>\n);\n`,
  shellscript: `# A comment about what follows.\ncat <<EOF | sort > "$1"\n${sentence}It's $HOME.\nEOF\necho "a $(echo "b") c"\n`,
  properties: `# A comment about what follows.\nmessage.12 = ${sentence}caf\\u00e9\n`,
  log: `2024-01-02T03:04:05.678Z INFO ${sentence}\n`,
  srt: `1\n00:00:01,000 --> 00:00:02,000\n<i>${sentence}</i>\n\n`,
};

const cell = `{"cell_type": "markdown", "source": ["## Heading\\n", "${sentence}With *emphasis*."]},
{"cell_type": "code", "outputs": [], "source": ["# A comment about what follows.\\n", "x = 'a'"]}`;
const notebook = `{"cells": [${Array.from({ length: Math.ceil(megabyte / cell.length) }, () => cell).join(",\n")}]}`;

/** What would take a careless reader long or deep. */
const hostile: readonly (readonly [string, string, string])[] = [
  ["json", "arrays in arrays", "["],
  ["json", "objects in objects", '{"a":'],
  ["json", "escapes", '"\\u00e9\\n\\ud83d'],
  ["yaml", "sequences in sequences", "["],
  ["yaml", "lists in lists", "- "],
  ["yaml", "templates", "{{a}} "],
  ["yaml", "open marks", 'a: "x\n'],
  ["html", "elements in elements", "<div>"],
  ["html", "open tags", "<a "],
  ["html", "ampersands", "&amp"],
  ["html", "open comments", "<!--"],
  ["xml", "elements in elements", "<a>"],
  ["markdown", "quotes in quotes", "> "],
  ["markdown", "brackets", "["],
  ["markdown", "links", "[a]("],
  ["markdown", "emphasis", "*a **b "],
  ["markdown", "code marks", "`a ``b "],
  ["markdown", "lists", "- a\n\n"],
  ["markdown", "table bars", "|a"],
  ["markdown", "open tags", "<a <b "],
  ["latex", "groups in groups", "{"],
  ["latex", "open formulas", "$a\n\n"],
  ["latex", "double dollars", "$$a\\$"],
  ["latex", "open arguments", "\\cite{"],
  ["latex", "options", "\\a[b "],
  ["restructuredtext", "emphasis", "*a **b `c "],
  ["restructuredtext", "bars", "|a "],
  ["javascript", "templates in templates", "`$" + "{"],
  ["javascript", "solidus", "/a[ "],
  ["javascript", "open strings", "'a\n"],
  ["python", "open strings", "''' \"\"\" "],
  ["tsx", "elements in elements", "<a>"],
  ["tsx", "expressions in elements", "<a>{"],
  ["shellscript", "announced texts", "<<A\nA\n"],
  ["shellscript", "commands in strings", '"$('],
  ["rust", "comments in comments", "/* "],
  ["rust", "open raw strings", 'r#"a '],
  ["csharp", "open strings", '@" $" """ '],
  ["csv", "open marks", '"a""'],
  ["tsv", "open marks", '"a\t'],
  ["srt", "open tags", "1\n00:00:01,000 --> 00:00:02,000\n<a <b {\\c\n\n"],
  ["log", "brackets", "[[[["],
];

/** Processor times of reading a megabyte of each kind: a cursor in the middle and at the end, all of it; and what is made to be slow. */
export async function run(): Promise<void> {
  console.log("kind              | cursor in the middle, ms | at the end, ms | all selected, ms");
  const texts = Object.entries(samples).map(([language, sample]) => [
    language,
    sample.repeat(Math.ceil(megabyte / sample.length)),
  ]);
  for (const [language = "", text = ""] of [...texts, ["notebook", notebook]]) {
    const words = text.indexOf("gorgeous", text.length / 2);
    const last = text.lastIndexOf("gorgeous");
    const cells = [
      [words, words],
      [last, last],
      [0, text.length],
    ].map(([start = 0, end = 0]) => timed({ text, offset: 0, start, end, language, path: "" }).padStart(10));
    console.log(`${language.padEnd(17)} | ${cells.join(" | ")}`);
  }
  console.log("\nhostile megabyte                         | cursor at the end, ms | all selected, ms");
  for (const [language, name, piece] of hostile) {
    const text = piece.repeat(Math.ceil(megabyte / piece.length));
    const cells = [text.length, 0].map((start) =>
      timed({ text, offset: 0, start, end: text.length, language, path: "" }, 1).padStart(10),
    );
    console.log(`${`${language} ${name}`.padEnd(40)} | ${cells.join(" | ")}`);
  }
}

/** The shortest of several times of the processor, which a busy machine does not lengthen, after two that warm up, with what came out where that is not the text. */
function timed(request: ReadRequest, repeats = 5): string {
  let least = Number.POSITIVE_INFINITY;
  let outcome = "";
  for (let repeat = -2; repeat < repeats; repeat++) {
    const before = process.cpuUsage();
    try {
      outcome = readDocument(request).kind === "raw" ? " raw" : "";
    } catch {
      outcome = " refused";
    }
    const { user, system } = process.cpuUsage(before);
    const time = (user + system) / 1000;
    least = repeat < 0 && time < 1000 ? least : Math.min(least, time);
    if (time > 1000) {
      break;
    }
  }
  return `${least.toFixed(1)}${outcome}`;
}
