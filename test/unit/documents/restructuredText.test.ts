import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const cases: readonly (readonly [string, string])[] = [
  ["Plain words.", "Plain words."],
  ["Title\n=====\n\ntext", "Title\ntext"],
  ["=====\nTitle\n=====\n\ntext", "Title\ntext"],
  ["I *love* it", "I love it"],
  ["I **love** it", "I love it"],
  ["Run ``npm *test*`` now", "Run npm *test* now"],
  ["See `the page <http://x.org>`_ now", "See the page now"],
  ["See `the page`_ now", "See the page now"],
  ["See page_ now", "See page now"],
  ["A :ref:`target` here", "A target here"],
  ["A :doc:`text <target>` here", "A text here"],
  ["A |subst| here", "A subst here"],
  ["As [1]_ says", "As says"],
  ["re\\ *start*\\ ed", "restarted"],
  ["\\*no\\* em", "{\\*=*}no{\\*=*} em"],
  ["2 * 3 * 4", "2 * 3 * 4"],
  ["snake_case and __init__", "snake_case and __init__".replace("__init__", "__init")],
  ["one\ntwo", "one two"],
  ["one\r\ntwo", "one two"],
  ["one\n\ntwo", "one\ntwo"],
  ["- one\n- two", "one\ntwo"],
  ["- one\n  more\n- two", "one more\ntwo"],
  ["1. one\n#. two", "one\ntwo"],
  ["Example::\n\n    no text\n\nafter", "Example:\nafter"],
  ["Example ::\n\n    no text\n\nafter", "Example\nafter"],
  [".. note:: Take care.\n   Please.", "Take care. Please."],
  [".. note::\n\n   Take care.", "Take care."],
  [".. code-block:: python\n\n   no = 1\n\ntext", "text"],
  [".. image:: x.png\n   :alt: no\n\ntext", "text"],
  [".. a comment\n\ntext", "text"],
  [".. _label:\n\ntext", "text"],
  [".. [1] A footnote.", "A footnote."],
  ["+---+---+\n| a | b |\n+---+---+\n| c | d |\n+---+---+", "a\nb\nc\nd"],
  ["+----+----+\n| a  | b  |\n| aa |    |\n+----+----+", "a aa\nb"],
  ["===  ===\na    b\n===  ===\nc    d e\n===  ===", "a\nb\nc\nd e"],
  ["  quoted block", "quoted block"],
  ["| line one\n| line two", "line one\nline two"],
  [":field: value", "value"],
  [">>> no\nno\n\ntext", "text"],
  ["First one. Sec¦ond *one*. Third.", "Second one."],
  ["one\n\n¦\n\ntwo", "error: text-empty"],
  ["gor«geous and bo»red", "gorgeous and bored"],
  ["😀 **👩‍👧** e\u0301", "😀 👩‍👧 e\u0301"],
];

describe("reStructuredText", () => {
  it.each(cases)("reads %j as %j", (source, expected) => {
    expect(readShown("restructuredtext", source)).toBe(expected);
  });

  it("keeps text and ranges of 300 written documents", () => {
    for (let seed = 0; seed < 300; seed++) {
      const written = writeRest(new Draw(seed));
      const { document: text } = written;
      expectReading(
        { text, offset: 0, start: 0, end: text.length, language: "", path: "x.rst" },
        written.text,
        written.ranges,
      );
    }
  });
});

function writeRest(draw: Draw): Written {
  const written = new Written();
  const lineEnd = draw.of(["\n", "\r\n"]);
  let open = "";
  for (let block = 1 + draw.below(4); block > 0; block--) {
    const kind = draw.of(["paragraph", "item", "note", "heading"] as const);
    const lead = { paragraph: "", item: "- ", note: ".. note:: ", heading: "" }[kind];
    const indent = { paragraph: "", item: "  ", note: "   ", heading: "" }[kind];
    open +=
      draw.of([
        "",
        `.. a comment${lineEnd}   more${lineEnd}${lineEnd}`,
        `.. code::${lineEnd}${lineEnd}   no text${lineEnd}${lineEnd}`,
      ]) + lead;
    for (let word = 0, words = 1 + draw.below(6); word < words; word++) {
      const [before, after] = draw.of([
        ["", ""],
        ["", ""],
        ["*", "*"],
        ["**", "**"],
        ["``", "``"],
        ["`", " <http://x.org>`_"],
        [":ref:`", "`"],
      ]);
      if (word > 0) {
        written.write(" ", open + draw.of([" ", "  ", ...(kind === "heading" ? [] : [lineEnd + indent])]) + before);
      } else if (written.text === "") {
        written.mark(open + before);
      } else {
        written.part(open + before);
      }
      written.write(drawWord(draw));
      for (let extra = before === "" ? draw.below(3) : 0; extra > 0; extra--) {
        const [text = "", source] = draw.of([
          ["*", "\\*"],
          ["`", "\\`"],
          ["\\", "\\\\"],
          ["_", "\\_"],
        ]);
        written.write(text, source).write("x");
      }
      open = after ?? "";
    }
    open += `${lineEnd}${kind === "heading" ? `${"=".repeat(80)}${lineEnd}` : ""}${lineEnd}`;
  }
  return written.mark(open);
}
