import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const cases: readonly (readonly [string, string])[] = [
  ["Plain words.", "Plain words."],
  ["# A heading", "A heading"],
  ["## A heading ##", "A heading"],
  ["Setext\n======\n\ntext", "Setext\ntext"],
  ["I *love* it", "I love it"],
  ["I **love** it", "I love it"],
  ["I ***love*** it", "I love it"],
  ["I _love_ it, snake_case stays", "I love it, snake_case stays"],
  ["~~gone~~ kept", "gone kept"],
  ["Run `npm test` now", "Run npm test now"],
  ["Run ``a `b` c`` now", "Run a `b` c now"],
  ["See [the page](http://x.org) now.", "See the page now."],
  ['See [the page](http://x.org "Title").', "See the page."],
  ["See [the page][ref].\n\n[ref]: http://x.org 'T'", "See the page."],
  ["An ![alt text](pic.png) here", "An alt text here"],
  ["[![badge](b.png)](http://x) text", "badge text"],
  ["As [1] says", "As [1] says"],
  ["<http://x.org> is it", "http://x.org is it"],
  ["http://x.org is it", "http://x.org is it"],
  ["R&amp;D and &eacute;t&#233;", "R{&amp;=&}D and {&eacute;=é}t{&#233;=é}"],
  ["\\*not emphasis\\*", "{\\*=*}not emphasis{\\*=*}"],
  ["5 \\< 6", "5 {\\<=<} 6"],
  ["one\ntwo", "one two"],
  ["one\r\ntwo", "one two"],
  ["one  \ntwo", "one\ntwo"],
  ["one\\\ntwo", "one\ntwo"],
  ["> quoted\n> text", "quoted text"],
  ["> > deep\n> > er", "deep er"],
  ["- one\n- two", "one\ntwo"],
  ["1. one\n   more\n2. two", "one more\ntwo"],
  ["- [ ] open\n- [x] done", "open\ndone"],
  ["| a | b |\n|---|---|\n| c | d\\|e |", "a\nb\nc\nd{\\|=|}e"],
  ["a | b\n--|--\n**c** | [d](u)", "a\nb\nc\nd"],
  ["before\n\n```js\ncode\n```\n\nafter", "before\nafter"],
  ["before\n\n    indented code\n\nafter", "before\nafter"],
  ["---\ntitle: x\n---\n\n# Head", "Head"],
  ["text <b>bold</b> end", "text bold end"],
  ["a<br>b", "a\nb"],
  ["text <!-- hidden --> end", "text end"],
  ["<div>\n<p>html &lt; text</p>\n</div>", "html {&lt;=<} text"],
  ["***\n\ntext", "text"],
  ["😀 **👩‍👧** e\u0301", "😀 👩‍👧 e\u0301"],
  ["First one. Sec¦ond one. Third.", "Second one."],
  ["First **one**. ¦**Second** one.", "Second one."],
  ["para one\n\npara t¦wo is here", "para two is here"],
  ["# He¦ad\n\ntext", "Head"],
  ["| first cell | sec¦ond cell |\n|---|---|", "second cell"],
  ["one\n¦\ntwo", "error: text-empty"],
  ["gor«geous and bo»red", "gorgeous and bored"],
  ["a [li«nk](http://x.org) te»xt b", "link text"],
  ["p1 «one\n\n- p2» two", "one\np2"],
  ["```\nco¦de here\n```", "raw(code here)"],
];

describe("Markdown", () => {
  it.each(cases)("reads %j as %j", (source, expected) => {
    expect(readShown("markdown", source)).toBe(expected);
  });

  it("keeps text and ranges of 300 written documents", () => {
    for (let seed = 0; seed < 300; seed++) {
      const written = writeMarkdown(new Draw(seed));
      const { document: text } = written;
      expectReading(
        { text, offset: 0, start: 0, end: text.length, language: "markdown", path: "" },
        written.text,
        written.ranges,
      );
    }
  });
});

function writeMarkdown(draw: Draw): Written {
  const written = new Written();
  const lineEnd = draw.of(["\n", "\r\n"]);
  const blocks = 1 + draw.below(4);
  let open = "";
  for (let block = 0; block < blocks; block++) {
    const kind = draw.of(["paragraph", "heading", "quote", "item"] as const);
    const lead = {
      paragraph: "",
      heading: `${"#".repeat(1 + draw.below(6))} `,
      quote: draw.of(["> ", "> > "]),
      item: "- ",
    }[kind];
    const between = draw.of([
      "",
      "",
      `\`\`\`${lineEnd}no text${lineEnd}\`\`\`${lineEnd}${lineEnd}`,
      `<!-- no -->${lineEnd}${lineEnd}`,
    ]);
    const start = `${block === 0 ? "" : `${lineEnd}${lineEnd}`}${between}${lead}`;
    open += start;
    const joins = {
      paragraph: [" ", lineEnd, "  "],
      heading: [" "],
      quote: [" ", `${lineEnd}${lead}`],
      item: [" ", `${lineEnd}  `],
    }[kind];
    const words = 1 + draw.below(6);
    for (let word = 0; word < words; word++) {
      const [before, after] = draw.of([
        ["", ""],
        ["", ""],
        ["**", "**"],
        ["*", "*"],
        ["[", "](http://x.org/a_b)"],
        ["<i>", "</i>"],
        ["~~", "~~"],
      ]);
      const gap = word === 0 ? open : open + draw.of(joins);
      if (word === 0 && block === 0) {
        written.mark(gap + before);
      } else if (word === 0) {
        written.part(gap + before);
      } else {
        written.write(" ", gap + before);
      }
      written.write(drawWord(draw));
      for (let extra = draw.below(3); extra > 0; extra--) {
        const [text, source] = draw.of([
          ["&", "&amp;"],
          ["*", "\\*"],
          ["[", "\\["],
          ["é", "&eacute;"],
          ["≫⃒", "&nGt;"],
          ["😀", "&#x1F600;"],
          ["`", "\\`"],
        ]);
        written.write(text ?? "", source);
      }
      written.write(drawWord(draw));
      open = after ?? "";
    }
  }
  written.mark(open + draw.of(["", lineEnd]));
  return written;
}
