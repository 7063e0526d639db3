import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const logs: readonly (readonly [string, string])[] = [
  ["2024-01-02T03:04:05Z ERROR disk full", "ERROR disk full"],
  ["2024-01-02T03:04:05.123+01:00 msg", "msg"],
  ["2024-01-02 03:04:05,123 [main] INFO msg", "[main] INFO msg"],
  ["[2024-01-02 03:04:05] msg", "msg"],
  ["[2024-01-02 03:04:05.1 UTC] - msg", "msg"],
  ["2024/01/02 03:04:05 msg", "msg"],
  ["Jan  2 03:04:05 host sshd[1]: msg", "host sshd[1]: msg"],
  ["Tue Jan 02 03:04:05 msg", "msg"],
  ["[02/Jan/2024:03:04:05 +0000] msg", "msg"],
  ["03:04:05 msg", "msg"],
  ["03:04:05.678 | msg", "msg"],
  ["1704164645 msg", "msg"],
  ["1704164645.123 msg", "msg"],
  ["no time here 03:04:05", "no time here 03:04:05"],
  ["12 monkeys came", "12 monkeys came"],
  ["2024 was fine", "2024 was fine"],
  ["3:30 PM we met", "we met"],
  ["a\nb", "a\nb"],
  ["03:04:05 a\r\n03:04:06 b¦\r\n", "b"],
  ["03:0¦4:05 a", "a"],
  ["03:04:05 a\n¦\nb", "error: text-empty"],
  ["03:04:05 gor«geous\n03:04:06 bo»red x", "gorgeous\nbored"],
  ["2024-01-02T03:04:05Zulu", "2024-01-02T03:04:05Zulu"],
  ["03:04:05 😀 e\u0301", "😀 e\u0301"],
  ["01-02-2024 03:04:05 msg", "msg"],
  ["2024.01.02 03:04 msg", "msg"],
  ["02/01/2024 03:04:05 msg", "msg"],
  ["2024-01-02_03:04:05 msg", "msg"],
  ["2024-01-02T03:04:05+0100 msg", "msg"],
  ["  03:04:05 msg", "msg"],
  ["\t[03:04:05]\tmsg", "msg"],
  ["[1704164645.123456] msg", "msg"],
  ["Jan 12, 2024 03:04:05 msg", "msg"],
  ["2024-01-02T03:04:05Z: msg", "msg"],
  ["2024-01-02T03:04:05,678 - msg", "msg"],
  ["2024-01-02", "2024-01-02"],
  ["ERROR 03:04:05 msg", "ERROR 03:04:05 msg"],
  ["10 out of 10 say yes", "10 out of 10 say yes"],
  ["03:04:05 a«b c» d", "ab c"],
  ["«03:04:05 a\n\n03:04:06 b»", "a\nb"],
];
const cues: readonly (readonly [string, string])[] = [
  ["- Hello.\n- Hi.", "- Hello.\n- Hi."],
  ['<font color="#fff">Hello</font>', "Hello"],
  ["<c.loud>Hello</c>", "Hello"],
  ["He said &quot;hi&quot;", 'He said {&quot;="}hi{&quot;="}'],
  ["&#233;t&#xE9;", "{&#233;=é}t{&#xE9;=é}"],
  ["2 > 1 & 3", "2 > 1 & 3"],
  ["{\\i1}Hello{\\i0}", "Hello"],
  ["{not a tag}", "{not a tag}"],
  ["Hel<i>lo</i>", "Hello"],
  ["  Hello  ", "Hello"],
  ["12 monkeys", "12 monkeys"],
  ["♪ la la ♪", "♪ la la ♪"],
  ["gor«geous bo»red", "gorgeous bored"],
  ["on¦e\ntwo", "one two"],
  ["a <3 b", "a <3 b"],
  ["<unclosed", "<unclosed"],
];
const subtitles: readonly (readonly [string, string])[] = [
  ["1\n00:00:01,000 --> 00:00:02,000\nHello", "Hello"],
  ["1\n00:00:01,000 --> 00:00:02,000\nHello\nthere\n\n2\n00:00:03,000 --> 00:00:04,000\nBye", "Hello there\nBye"],
  ["1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\nthere\r\n", "Hello there"],
  ["WEBVTT\n\n00:01.000 --> 00:02.000 align:start\nHello", "Hello"],
  ["WEBVTT\n\nNOTE no\n\nSTYLE\n::cue {}\n\nintro\n00:01.000 --> 00:02.000\nHello", "Hello"],
  ["1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i> <b>you</b>", "Hello you"],
  ["1\n00:00:01,000 --> 00:00:02,000\n{\\an8}Hello", "Hello"],
  ["WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi &amp; bye", "Hi {&amp;=&} bye"],
  ["WEBVTT\n\n00:01.000 --> 00:02.000\n<00:01.500>Hi", "Hi"],
  ["1\n00:00:01,000 --> 00:00:02,000\na < b", "a < b"],
  ["1\n00:00:01,000 --> 00:00:02,000\nHe¦llo\n\n2\n00:00:03,000 --> 00:00:04,000\nBye", "Hello"],
  ["1\n00:00:0¦1,000 --> 00:00:02,000\nHello", "Hello"],
  ["1\n00:00:01,000 --> 00:00:02,000\nHello\n¦\n2\n00:00:03,000 --> 00:00:04,000\nBye", "error: text-empty"],
  ["1\n00:00:01,000 --> 00:00:02,000\ngor«geous\n\n2\n00:00:03,000 --> 00:00:04,000\nbo»red", "gorgeous\nbored"],
  ["no subtitles here", "raw(no subtitles here)"],
  ["1\n00:00:01,000 --> 00:00:02,000\n😀 e\u0301", "😀 e\u0301"],
  ...cues.map(([line, text]): readonly [string, string] => [`7\n01:02:03,456 --> 01:02:04,000\n${line}`, text]),
  ["", "error: text-empty"],
  ["1\n00:00:01,000 --> 00:00:02,000\n", "raw(1\n00:00:01,000 --> 00:00:02,000)"],
  ["1\n00:00:01,000 --> 00:00:02,000 X1:1\nHello", "Hello"],
  ["1\n00:00:01.000 --> 00:00:02.000\nHello", "Hello"],
  ["\n\n1\n00:00:01,000 --> 00:00:02,000\nHello\n\n\n", "Hello"],
  ["00:00:01,000 --> 00:00:02,000\nHello", "Hello"],
  ["WEBVTT\n\nREGION\nid:x\n\n00:01.000 --> 00:02.000\nHello", "Hello"],
  ["WEBVTT - title\n\n00:01.000 --> 00:02.000\nHello", "Hello"],
];
const plain: readonly (readonly [string, string])[] = [
  ["First one. Sec¦ond one. Third.", "Second one."],
  ["¦First one. Second.", "First one."],
  ["First one. Second.¦", "Second."],
  ["one\ntw¦o\n\nthree", "one\ntwo"],
  ["one\r\ntw¦o\r\n", "one\ntwo"],
  ["one\n\n¦\n\nthree", "error: text-empty"],
  ["one\n   ¦\nthree", "error: text-empty"],
  ["- first ¦item\n- second", "first item"],
  ["> quo¦ted", "quoted"],
  ["# A hea¦d\ntext", "A head\ntext"],
  ["gor«geous bo»red", "raw(gorgeous bored)"],
  ["a «b c» d", "raw(b c)"],
  ["a « b  » d", "raw(b)"],
  ["a «  » d", "error: text-empty"],
  ["e«́t»é", "raw(e\u0301té)"],
  ["👩«‍👧 a»", "raw(👩‍👧 a)"],
  ["«中文»很好", "raw(中文)"],
  ["it'«s fin»e", "raw(it's fine)"],
  ["¦", "error: text-empty"],
  ["He came¦ at 3.14 p.m. today. He left.", "He came at 3.14 p.m. today."],
  ["1. first ¦point\n2. second", "first point"],
  ["1) first ¦point", "first point"],
  ["+ pl¦us", "plus"],
  ["> > twice quo¦ted", "twice quoted"],
  ["One.¦ Two.", "One."],
  ["One. ¦Two.", "Two."],
  ["What? Y¦es! No.", "Yes!"],
  ["  in¦dented", "indented"],
  ["a\n- b¦\nc", "b\nc"],
  ["Ein Satz. Noch ei¦n Satz. Ende.", "Noch ein Satz."],
  ["很好。非常¦好。", "非常好。"],
  ["snake_«case a»b", "raw(snake_case ab)"],
  ["3.«14 is p»i", "raw(3.14 is pi)"],
  ["x «y»", "raw(y)"],
  ["« all of it »", "raw(all of it)"],
  ["one\r\n«two\r\nthree»", "raw(two\nthree)"],
  ["a\u0000b ¦c", "a\u0000b c"],
  ["un«believ»able", "raw(unbelievable)"],
  ["\t¦\t", "error: text-empty"],
  ["one two", "raw(one two)"],
];

describe("logs, subtitles and plain text", () => {
  it.each(logs)("reads a log's %j as %j", (source, expected) => {
    expect(readShown("log", source)).toBe(expected);
  });

  it.each(subtitles)("reads subtitles' %j as %j", (source, expected) => {
    expect(readShown("srt", source)).toBe(expected);
  });

  it.each(plain)("reads plain text's %j as %j", (source, expected) => {
    expect(readShown("plaintext", source)).toBe(expected);
  });

  it("keeps text and ranges of 300 written logs, subtitles and plain texts", () => {
    for (let seed = 0; seed < 300; seed++) {
      const draw = new Draw(seed);
      const lineEnd = draw.of(["\n", "\r\n"]);
      const log = writeLines(
        draw,
        (line) => draw.of(["", `2024-01-02T03:04:05.${100 + line}Z `, "[03:04:05] ", "Jan  2 03:04:05 "]),
        lineEnd,
        lineEnd,
      );
      expectReading(
        { text: log.document, offset: 0, start: 0, end: log.document.length, language: "log", path: "" },
        log.text,
        log.ranges,
      );
      const cues = writeLines(
        draw,
        (line) =>
          `${line}${lineEnd}00:00:01,000 --> 00:00:0${line % 10},500${lineEnd}${draw.of(["", "<i>", "{\\an8}"])}`,
        `${lineEnd}${lineEnd}`,
        lineEnd,
      );
      expectReading(
        { text: cues.document, offset: 0, start: 0, end: cues.document.length, language: "", path: "x.srt" },
        cues.text,
        cues.ranges,
      );
      const text = new Written().mark(`Something before.${lineEnd}${lineEnd}`).write(drawWord(draw));
      for (let word = draw.below(6); word > 0; word--) {
        const [space, source] = draw.of([
          [" ", " "],
          ["\n", lineEnd],
        ]);
        text.write(space ?? "", source).write(drawWord(draw));
      }
      text.mark(`${lineEnd}${lineEnd}Something after.`);
      const cursor = text.ranges[0]?.[0] ?? 0;
      expectReading(
        { text: text.document, offset: 0, start: cursor, end: cursor, language: "plaintext", path: "" },
        text.text,
        text.ranges,
      );
    }
  });
});

/** Writes lines of words behind heads. */
function writeLines(draw: Draw, head: (line: number) => string, between: string, lineEnd: string): Written {
  const written = new Written();
  for (let line = 1, lines = 1 + draw.below(6); line <= lines; line++) {
    if (line === 1) {
      written.mark(head(line));
    } else {
      written.part(between + head(line));
    }
    written.write(drawWord(draw));
    for (let word = draw.below(5); word > 0; word--) {
      written.write(" ", " ").write(drawWord(draw));
    }
  }
  return written.mark(draw.of(["", lineEnd]));
}
