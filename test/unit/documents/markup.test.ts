import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const html: readonly (readonly [string, string])[] = [
  ["<p>Hello</p>", "Hello"],
  ["<p>one</p><p>two</p>", "one\ntwo"],
  ["<p>one <b>two</b> three</p>", "one two three"],
  ["<p>o<b>n</b>e</p>", "one"],
  ["<p>one <img src='heart.png' alt='no'> two</p>", "one two"],
  ["R&amp;D", "R{&amp;=&}D"],
  ["R&ampD &copy; &#169; &#xA9;", "R{&amp=&}D {&copy;=©} {&#169;=©} {&#xA9;=©}"],
  ["caf&eacute;s", "caf{&eacute;=é}s"],
  ["&#x1F600; and &nGt;", "{&#x1F600;=😀} and {&nGt;=≫⃒}"],
  ["5 &lt; 6 &bogus; & 7", "5 {&lt;=<} 6 &bogus; & 7"],
  ["a&nbsp;b", "a\u00a0b"],
  ["one\n   two", "one two"],
  ["one\r\ntwo", "one two"],
  ["a<br>b<br/>c", "a\nb\nc"],
  ["<pre>a\n  b</pre>", "a\n  b"],
  ["<script>let a = '<p>no</p>';</script><p>yes</p>", "yes"],
  ["<style>p { }</style>yes", "yes"],
  ["<p hidden>no</p><p>yes</p>", "yes"],
  ["<p hidden>no<p>yes", "yes"],
  ["<ul><li HIDDEN='until-found'>no <b>no</b><li>yes</ul>", "yes"],
  ["<ul><li hidden>no</ul><p>yes", "yes"],
  ["<div hidden>no<div>no</div><p>no</div>yes", "yes"],
  ["a<span hidden> no</span> b <wbr hidden>c<br hidden>d", "a b c\nd"],
  ["<p data-hidden aria-hidden='true'>yes</p>", "yes"],
  ["<p style='color: red; DISPLAY : none'>no</p><p>yes</p>", "yes"],
  ["a<span style=display:none>no</span> <b style='display: block; x-display: none'>b</b>", "a b"],
  ["<p data-style='display:none' style='display:nonesuch'>yes</p>", "yes"],
  ["<div hidden>o¦ne</div><p>two</p>", "one"],
  ["<p>one</p><p hidden>two</p><p>th¦ree</p>", "three"],
  ["<p>o«ne</p><p hidden>two</p><p>th»ree</p>", "one\nthree"],
  ["<SCRIPT>no</SCRIPT>yes", "yes"],
  ["a<!-- no -->b", "ab"],
  ["<!doctype html><html><head><title>T</title></head><body>B</body></html>", "T\nB"],
  ['<p title="a > b">x</p>', "x"],
  ["<ul><li>one<li>two</ul>", "one\ntwo"],
  ["<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"],
  ["<h1>Head</h1>text", "Head\ntext"],
  ["<p>unclosed <b>bold", "unclosed bold"],
  ["<textarea>a &amp; b</textarea>", "a {&amp;=&} b"],
  ["<a href='x'>link</a>, text", "link, text"],
  ["<p>First one. Sec¦ond one.</p>", "Second one."],
  ["<p>one</p>\n<p>t¦wo &amp; three</p>", "two {&amp;=&} three"],
  ["<p cl¦ass='x'>one</p>", "one"],
  ["<script>\nlet a¦ = 1;\n</script>", "raw(let a = 1;)"],
  ["<p>gor«geous</p><p>bo»red end</p>", "gorgeous\nbored"],
  ["x &am«p; y» z", "{&amp;=&} y"],
  ["<p>😀 e\u0301</p>", "😀 e\u0301"],
  ["<svg><text>s</text></svg>", "s"],
  ["a < b and c > d", "a < b and c > d"],
  ["<>text</>", "<>text"],
  ["plain", "plain"],
  ["one\n¦\ntwo", "one two"],
  ["<p>one</p>\n¦\n<p>two</p>", "error: text-empty"],
  ["<noscript>kept</noscript>", "kept"],
  ["<template>la¦ter</template>yes", "later"],
  ["<p>a</p>¦", "a"],
  ["<div>a<div>b¦</div>c</div>", "b"],
  ["<p>a {{ x }} b¦ {% if x %}c{% endif %}</p>", "a b c"],
];
const xml: readonly (readonly [string, string])[] = [
  ["<a>text</a>", "text"],
  ["<a><b>one</b><c>two</c></a>", "one\ntwo"],
  ['<?xml version="1.0"?><a>x &amp; y</a>', "x {&amp;=&} y"],
  ["<a>&#233; &#xe9; &apos; &quot;</a>", "{&#233;=é} {&#xe9;=é} {&apos;='} {&quot;=\"}"],
  ["<a>&eacute;</a>", "&eacute;"],
  ["<a><![CDATA[5 < 6 & 7]]></a>", "5 < 6 & 7"],
  ["<a>x<!-- no -->y</a>", "xy"],
  ["<a>x<em>y</em>z</a>", "xyz"],
  ["<script>kept</script>", "kept"],
  ["<a><b/>x</a>", "x"],
  ['<a k="no">x</a>', "x"],
  ["<a><b>on¦e</b><c>two</c></a>", "one"],
  ["<a>x</b>", "raw(<a>x</b>)"],
  ["<a>x", "raw(<a>x)"],
  ["<A>x</a>", "raw(<A>x</a>)"],
  ["<a>gor«geous bo»red</a>", "gorgeous bored"],
  ["<x:a>n</x:a>", "n"],
  ["<a>one\n  two</a>", "one two"],
  ["<a>one\r\ntwo</a>", "one two"],
  ["<a><b>x</b> tail</a>", "x tail"],
  ["<r><data>x</data><label>y</label></r>", "x\ny"],
  ["<a>😀 e\u0301</a>", "😀 e\u0301"],
  ["<a>&#x1F600;</a>", "{&#x1F600;=😀}"],
  ["<a>&lt;b&gt;</a>", "{&lt;=<}b{&gt;=>}"],
  ["<a><![CDATA[<b>]]> and &amp;</a>", "<b> and {&amp;=&}"],
  ["<a><![CDATA[x]]><![CDATA[y]]></a>", "xy"],
  ["<?xml version='1.0'?>\n<!DOCTYPE a>\n<a>x</a>", "x"],
  ["<a><?pi no?>x</a>", "x"],
  ["<p>one <b>two</b> three</p>", "one two three"],
  ["<item><title>T</title><text>O¦ne. Two.</text></item>", "One."],
  ["<item><title>T¦</title><text>one</text></item>", "T"],
  ["<a b='c¦'>x</a>", "x"],
  ["<a>x</a><b>y</b>", "x\ny"],
  ["<a/>", "raw(<a/>)"],
  ["<a>x</a></b>", "raw(<a>x</a></b>)"],
  ["<a><b>x</a></b>", "raw(<a><b>x</a></b>)"],
  ["<style>kept</style>", "kept"],
  ["<a>5 &amp;&amp; 6</a>", "5 {&amp;=&}{&amp;=&} 6"],
  ["<rss><item><title>One</title></item><item><title>Tw¦o</title></item></rss>", "Two"],
  ["<a>one</a>\n¦\n", "error: text-empty"],
  ["<a>gor«geous</a><b>bo»red</b>".replace("<a>", "<r><a>").replace("</b>", "</b></r>"), "gorgeous\nbored"],
];

describe("HTML and XML", () => {
  it.each(html)("reads HTML %j as %j", (source, expected) => {
    expect(readShown("html", source)).toBe(expected);
  });

  it.each(xml)("reads XML %j as %j", (source, expected) => {
    expect(readShown("xml", source)).toBe(expected);
  });

  it.each(["html", "xml"])("keeps text and ranges of 300 written documents of %s", (language) => {
    for (let seed = 0; seed < 300; seed++) {
      const written = writeMarkup(new Draw(seed), language === "html");
      const { document: text } = written;
      expectReading({ text, offset: 0, start: 0, end: text.length, language, path: "" }, written.text, written.ranges);
    }
  });
});

function writeMarkup(draw: Draw, isHtml: boolean): Written {
  const written = new Written();
  const entities: [string, string][] = [
    ["&", "&amp;"],
    ["<", "&lt;"],
    [">", "&gt;"],
    ["é", "&#233;"],
    ["é", "&#xE9;"],
    ["😀", "&#128512;"],
    ["\u0301", "&#x301;"],
    ...(isHtml
      ? ([
          ["é", "&eacute;"],
          ["≫⃒", "&nGt;"],
        ] as [string, string][])
      : []),
  ];
  const between = (): string =>
    draw.of(["", "\n", "\r\n  ", "<!-- no <p> -->", isHtml ? "<script>if (a < b) { '<p>' }</script>" : "<?pi no?>"]);
  let open = `${between()}<div>`;
  for (let block = 1 + draw.below(4); block > 0; block--) {
    const [start, end] = draw.of([
      ["<p>", "</p>"],
      ['<p title="a>b">', "</p>"],
      ["<section><h2>", "</h2></section>"],
      ["<li>", "</li>"],
    ]);
    open += between() + start;
    for (let word = 0, words = 1 + draw.below(6); word < words; word++) {
      const [before, after] = draw.of([
        ["", ""],
        ["", ""],
        ["<b>", "</b>"],
        [isHtml ? '<a href="x">' : '<hi rend="x">', isHtml ? "</a>" : "</hi>"],
        ["<i><em>", "</em></i>"],
      ]);
      if (word > 0) {
        const space = draw.of([" ", "\n", "\r\n\t", "  ", ""]);
        if (space === "") {
          written.mark(open + before);
        } else {
          written.write(" ", open + space + before);
        }
      } else if (written.text === "") {
        written.mark(open + before);
      } else {
        written.part(open + before);
      }
      written.write(drawWord(draw));
      for (let extra = draw.below(3); extra > 0; extra--) {
        const [text, source] = draw.of(entities);
        written.write(text, source).write(draw.of(["", "x"]));
      }
      open = after ?? "";
    }
    open += end;
  }
  return written.mark(`${open}</div>${between()}`);
}
