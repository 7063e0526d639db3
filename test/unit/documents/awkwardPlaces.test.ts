import { describe, expect, it } from "vitest";
import type { Reading, ReadRequest } from "../../../src/common/reading";
import { readDocument } from "../../../src/documents/readDocument";
import { marked, readShown, unitRanges } from "../../support/readings";

/** Files as people have them, with the cursor where a reader may stumble. */
const cases: readonly (readonly [string, string, string])[] = [
  ["markdown", "a[^1]¦.", "a."],
  ["markdown", "{{< short >}} te¦xt", "text"],
  ["markdown", "::: note\nTex¦t\n:::", "Text"],
  ["markdown", "text {#id .class}¦", "text"],
  ["markdown", "## Head {#id¦}", "Head"],
  ["markdown", "> [!NOTE]\n> Te¦xt", "Text"],
  ["restructuredtext", "A :class:`~mod.Class¦` x.", "A Class x."],
  ["restructuredtext", ".. |x| replace:: some te¦xt", "some text"],
  ["restructuredtext", ".. list-table::\n\n   * - ce¦ll\n     - two", "cell"],
  ["restructuredtext", ":math:`x^2` te¦xt", "text"],
  ["latex", "\\lstinline|a¦| b", "b"],
  ["latex", "\\def\\x{y} b¦", "b"],
  ["latex", "!`Hola¦!", "{!`=¡}Hola!"],
  ["latex", "?`Que¦?", "{?`=¿}Que?"],
  ["jsonl", '{"text":"a"\n{"text":"b¦"}', "b"],
  ["jsonl", '\ufeff{"a":"b¦"}', "b"],
  ["jsonl", '{"a":"b"},\n{"a":"c¦"}', "c"],
  ["jsonl", '{"a":NaN,"b":"c¦"}', "c"],
  ["csv", "id;text\n1;Hello, wor¦ld\n2;x\n", "Hello, world"],
  ["csv", 'id;text\n1;"a;b¦"\n', "a;b"],
  ["csv", "a\tb\tc¦", "c"],
  ["csv", "sep=;\na;b¦", "b"],
  ["html", "<p>a</p>¦", "a"],
  ["html", "<p>a{{ x }} b¦</p>", "a b"],
  ["html", "<p>{% if x %}a¦{% endif %}</p>", "a"],
  ["html", "<div>a<div>b¦</div>c</div>", "b"],
  ["html", "<template><p>te¦xt</p></template>", "text"],
  ["log", "I0102 03:04:05.678 1 x.go:1] te¦xt", "1 x.go:1] text"],
  ["log", "[  12.345] te¦xt", "text"],
  ["log", "20240102T030405 te¦xt", "text"],
  ["log", "\u001b[31mERROR\u001b[0m te¦xt", "ERROR text"],
  ["srt", "1\n00:00:01,000 --> 00:00:02,000\n- A li¦ne\n- Another", "- A line\n- Another"],
  ["plaintext", "Dr. Smith ca¦me. He", "Dr. Smith came."],
  ["plaintext", "So. By J. R. R. To¦lkien. He", "By J. R. R. Tolkien."],
  ["po", '#: a.c:1\nmsgid "Hello"\nmsgstr "Ha¦llo"\n', "Hallo"],
  ["po", 'msgid ""\nmsgstr ""\n"one "\n"tw¦o\\n"\n', "two"],
  ["markdown", "It costs $5 to $6¦, not $x$.", "It costs $5 to $6, not ."],
  ["markdown", "Foo[^1], ba¦r[^note].", "Foo, bar."],
  ["markdown", "`{{ x }}` and {{ y }} e¦nd", "{{ x }} and end"],
  ["markdown", "a $x*y$ b *c¦*", "a b c"],
  ["restructuredtext", ".. function:: f(x)\n\n   Does i¦t.\n\n   :param x: thing", "Does it."],
  ["restructuredtext", ".. list-table::\n   :header-rows: 1\n\n   * - cell\n     - tw¦o\n   * - x", "two"],
  ["restructuredtext", "Mr. Smith ca¦me. End", "Mr. Smith came."],
  ["log", "\u001b[31m2024-01-02 03:04:05 Err¦or\u001b[0m", "Error"],
  ["po", '#. A comm¦ent\nmsgid "x"', "A comment"],
  ["xml", "<r><a>b</a>¦</r>", "b"],
  ["ini", "k = som¦e value", "some value"],
  ["ini", "[sec¦tion]\nk=v", "error: text-empty"],
  ["ini", 'k = "quoted va¦lue"', "quoted value"],
  ["ini", "k=C:\\new¦", "C:\\new"],
  ["ini", "n=12¦", "error: text-empty"],
  ["ini", "a: va¦lue = x", "value = x"],
  ["properties", "greeting = Hello \\u00e9 wor¦ld", "Hello {\\u00e9=é} world"],
  ["properties", "long = one \\\n   tw¦o", "one two"],
  ["properties", "! com¦ment", "comment"],
  ["properties", "a: va¦lue", "value"],
  ["properties", "key\\ with\\=x = va¦lue", "value"],
  ["properties", "k va¦lue", "value"],
  ["properties", "k=a\\\\\nb=c¦", "c"],
  ["properties", "k=\\\n  x¦", "x"],
  ["properties", "«a=one\nb=two»", "one\ntwo"],
  ["properties", "k=¦", "error: text-empty"],
  ["markdown", "¦- item one. Two.", "item one."],
  ["markdown", "-¦ item", "item"],
  ["markdown", "¦> quote", "quote"],
  ["markdown", "1¦. one", "one"],
  ["markdown", "¦| a | b |\n|---|---|", "a"],
  ["html", "<div><p>a</p>¦</div>", "a"],
  ["xml", "<a>x</a¦>", "x"],
  ["yaml", "a: {{ x }}\nb: te¦xt", "text"],
  ["yaml", "a: {{ x }} y\nb: te¦xt", "text"],
  ["yaml", "a: {{ x }} te¦xt", "raw(a: {{ x }} text)"],
  ["markdown", "| a | b¦ |\r\n|---|---|\r\n| c | d |\r\n", "b"],
  ["markdown", "one  \r\ntw¦o", "one\ntwo"],
  ["java", 'String s = """\r\n  a\r\n    b¦""";', "a\n  b"],
  ["restructuredtext", "A line\\\r\nbrea¦k", "A linebreak"],
];

describe("awkward places", () => {
  it.each(cases)("reads %s %j as %j", (language, source, expected) => {
    expect(readShown(language, source)).toBe(expected);
  });

  const alike = cases.filter(([, source]) => source.includes("\n") && !source.includes("\r"));
  it.each(alike)("reads %s %j as well with line ends of two characters", (language, source) => {
    const { text, kind } = readOrError(language, source);
    const other = readOrError(language, source.replaceAll("\n", "\r\n"));
    expect([other.text, other.kind]).toEqual([text, kind]);
  });
});

/** What is read of a marked document, or the error's reason. */
function readOrError(language: string, source: string): Pick<Reading, "text"> & { readonly kind: string } {
  try {
    return readDocument(marked(language, source));
  } catch (error) {
    return { text: String(error), kind: "error" };
  }
}

/** A piece of each kind that is read from near the place on, with what must not be taken for its like before it. */
const long: Readonly<Record<string, { readonly piece: string; readonly before: string }>> = {
  latex: {
    piece: "\\section{Head}\nA \\emph{witty} caf\\'e~\\cite{a}. The pl¦ace, $x$ it is. End.\n\n",
    before: "\\documentclass{x}\n\\begin{document}\n\\begin{verbatim}\n\n\\end{quote}\n\n\\end{verbatim}\n",
  },
  html: {
    piece: "<div><p>A <b>witty</b> caf&eacute;. The pl¦ace, it {{ x }} is.</p></div>\n",
    before: "<script>'<p>no</p>'</script><!-- <p>no -->",
  },
  xml: { piece: "<a><b>A witty caf&#xe9;.</b> <c>The pl¦ace it is.</c></a>\n", before: "<all><![CDATA[ <a> ]]>" },
  restructuredtext: { piece: "Head\n----\n\nA *witty* one. The pl¦ace ``it`` is.\n\n.. x::\n\n   No.\n\n", before: "" },
  plaintext: { piece: "A witty one.\nThe pl¦ace it is. End.\n\n", before: "" },
  jsonl: { piece: '{"text": "caf\\u00e9, the pl¦ace it is", "label": "x"}\n', before: "{not json\n" },
  log: { piece: "2024-01-02 03:04:05 The pl¦ace it is\n", before: "x\n" },
};

describe("a place in a long document", () => {
  it.each(Object.keys(long))("is read as in a short one: %s", (language) => {
    const { piece, before } = long[language] ?? { piece: "", before: "" };
    const cursor = piece.indexOf("¦");
    const plain = piece.replace("¦", "");
    const alone = readDocument(at(plain, cursor, language));
    for (const [many, padding] of [
      [1, 60_000],
      [400, 60_000],
      [2000, 1],
    ] as const) {
      const front = before + plain.repeat(Math.ceil(padding / plain.length));
      const document = front + plain.repeat(many) + plain;
      const place = document.length - plain.length + cursor;
      const reading = readDocument(at(document, place, language));
      expect(reading.text).toBe(alone.text);
      const moved = place - cursor;
      expect(unitRanges(reading)).toEqual(unitRanges(alone).map(([start, end]) => [start + moved, end + moved]));
    }
  });

  it("is left out where it is in something long that is no text", () => {
    const filler = "\\begin{x} <p>no</p>\n\n".repeat(3000);
    expect(
      readDocument(at(`\\begin{verbatim}${filler}`.concat("pl\n\\end{verbatim}"), filler.length, "latex")).kind,
    ).toBe("raw");
    const script = "<script>'<p>no</p>'\n".repeat(5000);
    expect(readDocument(at(`<p>a</p>${script}</script>`, script.length, "html")).kind).toBe("raw");
  });
});

function at(text: string, cursor: number, language: string): ReadRequest {
  return { text, offset: 0, start: cursor, end: cursor, language, path: "" };
}
