import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const cases: readonly (readonly [string, string])[] = [
  ['{"text": "I love it"}', "I love it"],
  ['{"text": "I l¦ove it", "label": "positive"}', "I love it"],
  ['{"text": "I love it", "label": "pos¦itive"}', "positive"],
  ['{"te¦xt": "I love it"}', "I love it"],
  ['{"te¦xt": "I love it", "label": "positive"}', "error: text-empty"],
  ['¦{"text": "I love it"}', "I love it"],
  ['{"id": 1¦2, "n": null}', "error: text-empty"],
  ['{"a": "one",\n "b": "t¦wo"}', "two"],
  ['{"a": "one",\n ¦"b": "two"}', "two"],
  ['{"a": "one",\n¦\n "b": "two"}', "error: text-empty"],
  ['"caf\\u00e9"', "caf{\\u00e9=é}"],
  ['"a \\"b\\" c"', 'a {\\"="}b{\\"="} c'],
  ['"a\\nb"', "a\nb"],
  ['"a\\tb"', "a\tb"],
  ['"back\\\\slash \\/ x"', "back{\\\\=\\}slash {\\/=/} x"],
  ['"\\ud83d\\ude00 smile"', "{\\ud83d\\ude00=😀} smile"],
  ['"\\u0041\\u0301"', "{\\u0041=A}{\\u0301=\u0301}"],
  ['"😀 raw"', "😀 raw"],
  ['["one", "two", 3, true]', "one\ntwo"],
  ['[["deep", {"k": ["er"]}]]', "deep\ner"],
  ['{"a": "one"}\n{"a": "two"}\n', "one\ntwo"],
  ['{"a": "one"}\n{"a": "t¦wo"}\n', "two"],
  ['{"a": "one"}\r\n{"a": "t¦wo"}\r\n', "two"],
  ['{\n  // a comment\n  "a": "x" /* and "this" */\n}', "x"],
  ['{"a": "x",}', "x"],
  ['{"a": ["x", "y",],}', "x\ny"],
  ['{"a": "lo«ve it a» lot"}', "love it a"],
  ['{"a": "x «y", "b": "z» w"}', "y\nz"],
  ['{"a": «"whole value"», "b": "z"}', "whole value"],
  ['{"a": "gor«geous bo»red end"}', "gorgeous bored"],
  ['{"a": ""}', 'raw({"a": ""})'],
  ['{«"a"»: 1}', 'raw("a")'],
  ['{"a": "x"', 'raw({"a": "x")'],
  ['{"a": "x}', 'raw({"a": "x})'],
  ['{"a" "x"}', 'raw({"a" "x"})'],
  ['{"a": "x" "y"}', 'raw({"a": "x" "y"})'],
  ['["a"}', 'raw(["a"})'],
  ['{"a": tru}', 'raw({"a": tru})'],
  ['{"a": "\\x41"}', 'raw({"a": "\\x41"})'],
  ['{"a": "\\u12"}', 'raw({"a": "\\u12"})'],
  ['["a",, "b"]', 'raw(["a",, "b"])'],
  ['{"key with: colon": "va¦lue: x"}', "value: x"],
  ['{"a": "  padded  "}', "padded"],
  ["plain words", "raw(plain words)"],
  ['{"a": {"b": {"c": "d¦eep"}}, "z": "no"}', "deep"],
  ['{"text": "I love it", "label": "positive"}', "I love it"],
  ['{"id": "b12-9", "text": "I love it", "source": "https://a.example/very/long/address?of=this"}', "I love it"],
  ['{"label": "negative", "text": "不喜欢这部电影"}', "不喜欢这部电影"],
  ['{"text": "I «love it", "label": "pos»itive"}', "love it"],
  ['{"text": "love it", "label": "pos"}\n{"label": "neg", "text": "hate it"}', "love it\nhate it"],
  ['[{"role": "user", "content": "Hello you"}, {"role": "bot", "content": "Hi"}]', "Hello you\nHi"],
  ['{"n": {"by": "A B"}, "rows": [{"t": "x y z", "l": "p"}, {"l": "n", "t": "w"}]}', "A B\nx y z\nw"],
  ['{"text": "Awful", "author": "Jane Doe", "date": "2024-01-01 10:00:00"}', "Awful\nJane Doe"],
  ['{"premise": "A man eats", "hypothesis": "He is hungry now", "label": "yes"}', "A man eats\nHe is hungry now"],
  ['{"hello": "Hello you", "bye": "Good bye my friend"}', "Hello you\nGood bye my friend"],
  ['{"x": "one two", "l": "p"}\n{"x": "w", "l": "n"}', "one two\nw"],
  ['{"text": "Très bien", "url": "https://ex.com/é/a-b/c?x=1"}', "Très bien"],
  ['{"text": "one two", "label": «"positive"»}', "positive"],
  ['{"tags": ["a", "b", "c"], "text": "two words"}', "a\nb\nc\ntwo words"],
  ['{"title": "Good", "label": "positive"}', "Good"],
  ['{"a": "one two", "b": "one two"}', "one two\none two"],
  ['{"a": {"b": "one", "c": "one two"}, "d": "one two three"}', "one two\none two three"],
];

describe("JSON", () => {
  it.each(cases)("reads %j as %j", (source, expected) => {
    expect(readShown("json", source)).toBe(expected);
  });

  it("keeps text and ranges of 300 written documents, whole and at each value", () => {
    for (let seed = 0; seed < 300; seed++) {
      const draw = new Draw(seed);
      const values: Written[] = [];
      const { document, kept } = writeValue(draw, "", values, 0);
      if (values.length === 0) {
        continue;
      }
      for (const { text, ranges } of values) {
        const cursor = (ranges[draw.below(ranges.length)] ?? [0])[0];
        const request = { text: document, offset: 0, start: cursor, end: cursor, language: "json", path: "" };
        expectReading(request, text, ranges);
      }
      const joined = kept.map(({ text }) => text).join("\n");
      const ranges = kept.flatMap((value, index) => {
        const last = kept[index - 1]?.ranges.at(-1)?.[1];
        const between: [number, number][] = last === undefined ? [] : [[last, value.ranges[0]?.[0] ?? 0]];
        return [...between, ...value.ranges];
      });
      const whole = { text: document, offset: 7, start: 0, end: document.length, language: "", path: "a/b.JSONL" };
      expectReading(
        whole,
        joined,
        ranges.map(([start, end]) => [start + 7, end + 7]),
      );
    }
  });
});

/** A document so far, and the values of what was written last that are read where it is selected whole. */
interface Part {
  readonly document: string;
  readonly kept: readonly Written[];
  readonly isString?: boolean;
}

/** Writes a value behind a document so far. */
function writeValue(draw: Draw, before: string, values: Written[], depth: number): Part {
  const space = (): string => draw.of(["", " ", "\n", "\r\n  ", '/* "no" */']);
  const kind = draw.of(["string", "string", "number", "array", "object"] as const);
  if (depth > 4 || kind === "string") {
    const document = writeString(draw, before, values);
    return { document, kept: values.slice(-1), isString: true };
  }
  if (kind === "number") {
    return { document: `${before}${draw.of(["-1.5e3", "true", "null", "0"])}`, kept: [] };
  }
  let document = `${before}${kind === "array" ? "[" : "{"}${space()}`;
  const members: Part[] = [];
  for (let item = draw.below(4); item > 0; item--) {
    // No key comes twice, so that none is known from elsewhere.
    const key =
      kind === "array" ? "" : `${JSON.stringify(`${drawWord(draw)}\n${document.length}`)}${space()}:${space()}`;
    const part = writeValue(draw, document + key, values, depth + 1);
    members.push(part);
    document = `${part.document}${space()}${item > 1 ? "," : ""}${space()}`;
  }
  const isText = ({ kept, isString }: Part) => isString === true && kept.every(({ text }) => hasWords(text));
  const hasText = kind === "object" && members.some(isText);
  const kept = members.flatMap((part) => (hasText && part.isString && !isText(part) ? [] : part.kept));
  return { document: `${document}${kind === "array" ? "]" : "}"}`, kept };
}

/** Whether a text has two words, between white space or of scripts that have none. */
function hasWords(text: string): boolean {
  const words = /[中ก]/.test(text)
    ? Array.from(new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)).filter((one) => one.isWordLike)
    : text.split(/\s+/).filter((piece) => /\p{L}/u.test(piece));
  return words.length > 1;
}

function writeString(draw: Draw, before: string, values: Written[]): string {
  const written = new Written().mark(`${before}"`).write(drawWord(draw));
  for (let part = draw.below(8); part > 0; part--) {
    const [text = "", source] = draw.of([
      [" "],
      ["\n", "\\n"],
      ['"', '\\"'],
      ["\\", "\\\\"],
      ["é", "\\u00e9"],
      ["é", "\\u00E9"],
      ["😀", "\\ud83d\\uDE00"],
      ["/", "\\/"],
      ["\u0301", "\\u0301"],
      ["\t", "\\t"],
    ]);
    written.write(text, source);
    written.write(drawWord(draw));
  }
  values.push(written);
  return written.mark('"').document;
}
