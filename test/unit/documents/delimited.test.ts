import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const csv: readonly (readonly [string, string])[] = [
  ["a,b", "a\nb"],
  ["one¦,two", "one"],
  ["one,¦two", "two"],
  ["one,two¦", "two"],
  ["¦one,two", "one"],
  ['"on¦e, still",two', "one, still"],
  ['"say ""h¦i"" now",x', 'say {""="}hi{""="} now'],
  ['x,"line one\nline t¦wo",y', "line one\nline two"],
  ['x,"line one\r\nline t¦wo",y', "line one\nline two"],
  ["a\nb¦\nc", "b"],
  ["a\r\nb¦\r\nc", "b"],
  ["a,¦,c", "error: text-empty"],
  ["a\n¦\nc", "error: text-empty"],
  ['a,""¦,c', "error: text-empty"],
  ['"ab"cd¦,e', 'ab{"cd=cd}'.replace('{"cd=cd}', "cd")],
  ['it"s q¦uoted,x', 'it"s quoted'],
  ['"never clo¦sed,x', 'raw("never closed,x)'],
  ['a,b\n"never closed,x', 'raw(a,b\n"never closed,x)'],
  ["gor«geous,bo»red", "gorgeous\nbored"],
  ['"a ""b«b"" c", "d» e"', 'bb{""="} c\n"d'],
  [" padded ¦ ,x", "padded"],
  ["😀,e\u0301¦", "e\u0301"],
  ["id,text\n1,I l¦ove it\n2,no", "I love it"],
  ['id,text\n1,"I l¦ove, it"\n2,no', "I love, it"],
  ["«a»,b", "a"],
  ["a«,»b", "raw(,)"],
  ['""""¦', '{""="}'],
  ['"x""¦"', 'x{""="}'],
  ["a,b,c¦", "c"],
  ["a\tb¦,c", "a\tb"],
  ['"a\n\nb¦"', "a\n\nb"],
  ['"a"¦\r\nb', "a"],
  ["don't¦,x", "don't"],
  ["a,b\n«c,d\ne»,f", "c\nd\ne"],
  ['«"a ""b""",c»', 'a {""="}b{""="}'],
  ['«"a ""b""",»c', 'a {""="}b{""="}'],
  ["id,text,label\n«1,I love it,positive»\n2,no,neg", "I love it"],
  ["id,text,label\n«1,I love it,positive\n»2,no,neg", "I love it"],
  ["«1,I love it,positive\n2,no,negative»", "I love it\nno"],
  ["«1,I love it,positive\n2,no»,negative", "I love it\nno"],
  ["1,I «love it,positive»", "love it"],
  ['«a;"one\ntwo"\nb;three»', "one\ntwo\nthree"],
  ["«I love it,»positive", "I love it"],
  ["I love it,«positive»", "positive"],
  [",,¦x", "x"],
  ["a; b¦; c", "a; b; c"],
  ["id;text\n1;Hello, wor¦ld\n", "Hello, world"],
  ['id;text\r\n1;"a;b¦"\r\n', "a;b"],
  ['"a;b",text\n1,x;y¦', "x;y"],
  ['"one\ntwo";text\n1;x,y¦', "x,y"],
  ["id\ttext\n1\tx, y¦", "x, y"],
  ['5" pipe,"a;b¦"', "a;b"],
  ["«,,»", "raw(,,)"],
  ['x,"a, b¦, c"', "a, b, c"],
  ['"😀 ""e\u0301""¦"', '😀 {""="}e\u0301{""="}'],
  ["a\rb¦\rc", "b"],
];
const tsv: readonly (readonly [string, string])[] = [
  ["a\tb", "a\nb"],
  ["on¦e\ttwo", "one"],
  ["one\ttw¦o", "two"],
  ['say "h¦i" now\tx', 'say "hi" now'],
  ['"whole ""f¦ield"""\tx', 'whole {""="}field{""="}'],
  ['"not" clo¦sed\tx', '"not" closed'],
  ['"open¦\tx', '"open'],
  ['"open\nne¦xt\tx', "next"],
  ["a,b¦\tc", "a,b"],
  ["a\t¦\tc", "error: text-empty"],
  ['x\t"last¦"', "last"],
  ['x\t"last¦"\r\ny', "last"],
  ["gor«geous\tbo»red", "gorgeous\nbored"],
  ['"a"b"¦\tx', '"a"b"'],
  ...["x\ty\tz¦", "x¦\ty\tz", "x\ty¦\tz", "a\tz¦\n", "a\tz¦\r\nb", "¦z"].map((source): readonly [string, string] => [
    source.replace(/[a-z]¦|¦[a-z]/, (found) => found.replace(/[a-z]/, "fi eld")),
    "fi eld",
  ]),
  ["a,b,c¦\td", "a,b,c"],
  ["a\\tb¦\tc", "a\\tb"],
  ["😀¦\te\u0301", "😀"],
  ["😀\te\u0301¦", "e\u0301"],
  ["«a\tb»", "a\nb"],
  ["sentence\tlabel\n«I love it\t1\nno\t0\n»", "I love it\nno"],
  ["«I love it\t1\nno»\t0\n", "I love it\nno"],
  ["I «love it\t1»", "love it"],
  ["a\n«b\tc\nd»", "b\nc\nd"],
  ["a\r\n«b\tc\r\nd»", "b\nc\nd"],
  ['"«x ""y"""\tz»', 'x {""="}y{""="}'],
  ['""¦\tz', "error: text-empty"],
  ["\t\t¦", "error: text-empty"],
  ["a\n¦\nb", "error: text-empty"],
  ['"a, b"¦\tc', "a, b"],
  ["don't¦\tc", "don't"],
  ["a\u00a0b¦\tc", "a\u00a0b"],
  [" a ¦\tc", "a"],
  ['"a¦\nb"', '"a'],
  ['say ""hi""¦\tc', 'say ""hi""'],
  ["one ¦two\tthree", "one two"],
  ["id\ttext\n1\tI l¦ove it\tyes", "I love it"],
  ["id\ttext\n1\tI love it\tye¦s", "yes"],
];

describe("CSV and TSV", () => {
  it.each(csv)("reads fields between commas: %j as %j", (source, expected) => {
    expect(readShown("csv", source)).toBe(expected);
  });

  it.each(tsv)("reads fields between tabs: %j as %j", (source, expected) => {
    expect(readShown("tsv", source)).toBe(expected);
  });

  it.each([",", ";", "\t"])("keeps text and ranges of 300 written tables with %j, at each field", (separator) => {
    for (let seed = 0; seed < 300; seed++) {
      const draw = new Draw(seed);
      const fields: Written[] = [];
      let document = `id${separator}text\n`;
      for (let field = 2 + draw.below(8); field > 0; field--) {
        const written = new Written().mark(document);
        const isQuoted = draw.below(2) === 0;
        writeField(draw, written.mark(isQuoted ? '"' : ""), isQuoted, separator);
        written.mark(isQuoted ? '"' : "");
        fields.push(written);
        document = `${written.document}${draw.of([separator, "\n", "\r\n"])}`;
      }
      for (const { text, ranges } of fields) {
        const cursor = (ranges[draw.below(ranges.length)] ?? [0])[0];
        const path = separator === "\t" ? "x.tsv" : "x.csv";
        expectReading(
          { text: document, offset: 0, start: cursor, end: cursor, language: "plaintext", path },
          text,
          ranges,
        );
      }
    }
  });
});

function writeField(draw: Draw, written: Written, isQuoted: boolean, separator: string): void {
  written.write(drawWord(draw));
  for (let part = draw.below(5); part > 0; part--) {
    const inMarks: [string, string][] = [
      ['"', '""'],
      [",", ","],
      [";", ";"],
      ...(separator !== "\t"
        ? ([
            ["\n", "\n"],
            ["\n", "\r\n"],
            ["\t", "\t"],
          ] as [string, string][])
        : []),
    ];
    const [text, source] = draw.of<[string, string]>([
      [" ", " "],
      [": ", ": "],
      ...(isQuoted ? inMarks : ([['"', '"']] as [string, string][])),
    ]);
    written.write(text, source);
    written.write(drawWord(draw));
  }
}
