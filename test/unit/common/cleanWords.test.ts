import { describe, expect, it } from "vitest";
import {
  cleanName,
  cleanText,
  cleanWords,
  longestMessage,
  longestName,
  shortened,
} from "../../../src/common/cleanWords";
import { ExplainError } from "../../../src/common/errors";
import { formatMessage, message } from "../../../src/common/message";

describe("cleanText", () => {
  it.each([
    ["control characters", "a\u001b[31mred\u0007\u0000\u009b", "a [31mred "],
    ["line breaks of all kinds, several as one space", "a\r\nb\u2028c\u2029d\u0085e\vf\tg", "a b c d e f g"],
    [
      "bidirectional controls",
      "\u202eabc\u202c\u2066d\u2069\u200e\u200f\u061ce\u202a\u202b\u202d\u2067\u2068",
      "abcde",
    ],
    ["what has no width", "a\u200bb\u2060c\ufeffd\u00ade\u{e0041}f\u3164g\ufff9h", "abcdefgh"],
    ["joiners that join nothing", "pass\u200dword\u200c \u200d\u200dx", "password x"],
    ["lone surrogates", "a\ud800b\udc00", "a\ufffdb\ufffd"],
    ["marks without end", `z${"\u0301".repeat(500)}y`, `z${"\u0301".repeat(8)}y`],
  ])("takes away %s", (_, given, wanted) => {
    expect(cleanText(given)).toBe(wanted);
    expect(cleanText(wanted)).toBe(wanted);
  });

  it.each([
    ["Chinese", "修复这个模型，再下载一次。"],
    ["Arabic", "إيجابي جدًّا"],
    ["Persian with its joiner", "می\u200cخواهم"],
    ["Hebrew with its points", "שָׁלוֹם"],
    ["Hindi with its joiner", "क्\u200dष"],
    ["Thai", "ที่นี่"],
    ["Vietnamese in parts", "tie\u0302\u0301ng Vie\u0323\u0302t"],
    ["families and flags", "👩\u200d👩\u200d👧\u200d👦 🇳🇱 👍🏽 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈"],
    ["signs", "a < b & c > d | `e` *f* [g](h) $(i) \\ ~ #"],
    ["a vocabulary's marks", "##ing Ġword ▁word Ċ"],
  ])("leaves %s as it is", (_, text) => {
    expect(cleanText(text)).toBe(text);
  });

  it("takes one look at a long text", () => {
    expect(cleanText("\u200d\u0301\u202e".repeat(300_000)).length).toBeLessThanOrEqual(8);
  });
});

describe("limits", () => {
  it("count code points, the ellipsis included", () => {
    expect(shortened("😀".repeat(200), 200)).toBe("😀".repeat(200));
    expect(shortened("😀".repeat(201), 200)).toBe(`${"😀".repeat(199)}…`);
    expect([...cleanName("長".repeat(100_000))]).toHaveLength(longestName);
    expect([...cleanWords("長".repeat(100_000))]).toHaveLength(longestMessage);
  });

  it("change nothing a second time", () => {
    const once = cleanWords(`  ${"ab\u200d\n".repeat(1000)}`);
    expect(cleanWords(once)).toBe(once);
  });

  it("leave no white space around names", () => {
    expect(cleanName("\n positive\t\u200b")).toBe("positive");
  });
});

describe("sentences", () => {
  it("take in clean words only, once made and once sent", () => {
    const error = new ExplainError("internal", "It says {0}: {1}.", "a\nb\u202e", 5);
    expect(error.message).toBe("It says a b: 5.");
    expect(error.toData().message.args).toEqual(["a b", 5]);
    const sent = { reason: "internal", message: { template: "It says {0}.", args: ["\u001b]0;x\u0007"] } } as const;
    expect(ExplainError.fromData(sent).message).toBe("It says  ]0;x .");
    expect([...formatMessage(message("{0}", "x".repeat(100_000)))]).toHaveLength(longestMessage);
  });

  it("take in what anything else throws", () => {
    expect(ExplainError.from(new Error(`line one\nline \u202etwo ${"x".repeat(5000)}`)).message).toMatch(
      /^Something unexpected went wrong: line one line two x{100,300}…$/,
    );
    expect(ExplainError.from("\u0007").message).toBe("Something unexpected went wrong:  ");
  });

  it("do not fill gaps that words bring with them", () => {
    expect(formatMessage(message("{0} {1}", "{1}", "x"))).toBe("{1} x");
  });
});
