import { describe, expect, it } from "vitest";
import { decodedText } from "../../../src/cli/decode";
import { formatCsvLine } from "../../../src/exports/csvCells";
import { CsvReader } from "../../../src/lists/csv";
import { LineReader } from "../../../src/lists/lineReader";
import { Choice } from "../../support/mutation/random";

interface Reader<T> {
  push(text: string): T[];
  end(): T[];
}

function readAll<T>(reader: Reader<T>, pieces: readonly string[]): T[] {
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

/** `whole` in pieces, cut at the given places. */
function cutAt<T extends { slice(start: number, end?: number): T }>(whole: T, places: readonly number[]): T[] {
  const sorted = [0, ...places.toSorted((a, b) => a - b)];
  return sorted.map((place, index) => whole.slice(place, sorted[index + 1]));
}

/** Texts of the characters that matter to readers. */
function randomTexts(count: number, seed: number): string[] {
  const choice = new Choice(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: choice.below(24) }, () => choice.of(["a", ",", '"', '"', "\r", "\n", "\r\n", "é", "😀"])).join(
      "",
    ),
  );
}

/** Records, or the error they end with. */
function outcome<T>(reader: Reader<T>, pieces: readonly string[]): unknown {
  try {
    return readAll(reader, pieces);
  } catch (error) {
    return String(error);
  }
}

const readers: readonly (readonly [string, () => Reader<unknown>])[] = [
  ["delimited text", () => new CsvReader()],
  ["lines", () => new LineReader({ newlinesOnly: false })],
  ["lines that only LF ends", () => new LineReader({ newlinesOnly: true })],
];

describe.each(readers)("%s in pieces", (_, makeReader) => {
  it("gives what the whole gives, wherever it is cut in two, and one character at a time", () => {
    for (const text of ['a,"b\r\nc ""d"""\r\n\r\n"e"\rf\n', "\r\r\n\n\r", ...randomTexts(400, 1)]) {
      const whole = outcome(makeReader(), [text]);
      for (let place = 0; place <= text.length; place++) {
        expect(outcome(makeReader(), cutAt(text, [place]))).toEqual(whole);
      }
      expect(outcome(makeReader(), text.split(""))).toEqual(whole);
    }
  });

  it("and in any number of pieces", () => {
    const choice = new Choice(2);
    for (const text of randomTexts(400, 3)) {
      const places = Array.from({ length: choice.below(6) }, () => choice.below(text.length + 1));
      expect(outcome(makeReader(), cutAt(text, places))).toEqual(outcome(makeReader(), [text]));
    }
  });
});

describe("lines", () => {
  it("are those that a person counts", () => {
    for (const text of randomTexts(400, 4)) {
      const lines = readAll(new LineReader({ newlinesOnly: false }), [text]);
      expect(lines.map(({ content }) => content)).toEqual(text.split(/\r\n|\n|\r/));
      expect(lines.map(({ line }) => line)).toEqual(lines.map((__, index) => index + 1));
    }
  });
});

describe("delimited text", () => {
  it("reads back what was written, each record with its line", () => {
    const fields = randomTexts(400, 5);
    const records = Array.from({ length: 100 }, (_, index) => fields.slice(index * 4, index * 4 + 4));
    let line = 1;
    const expected = records.map((record) => {
      const start = line;
      line += 1 + (record.join(" ").match(/\r\n?|\n/g)?.length ?? 0);
      return { line: start, fields: record };
    });
    const text = records.map((record, index) => `${formatCsvLine(record)}${index % 2 ? "\r\n" : "\n"}`).join("");
    expect(readAll(new CsvReader(), cutAt(text, [7, 8, 100, 101]))).toEqual(expected);
  });
});

describe("bytes in pieces", () => {
  const text = "zwölf 😀\r\nœuvre €";
  const utf16be = Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  const encodings: [string, Buffer][] = [
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little end first", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16, big end first", utf16be],
  ];

  async function decode(pieces: readonly Uint8Array[]): Promise<string> {
    let found = "";
    for await (const piece of decodedText(arriving(pieces), "it")) {
      found += piece;
    }
    return found;
  }

  async function* arriving(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }

  it.each(encodings)("%s: the same text wherever they are cut", async (_, bytes) => {
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        expect(await decode(cutAt<Uint8Array>(bytes, [first, second]))).toBe(text);
      }
    }
    expect(await decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toBe(text);
  });

  it("short ones too", async () => {
    expect(await decode([])).toBe("");
    expect(await decode([Uint8Array.of(0x61)])).toBe("a");
    expect(await decode([Uint8Array.of(0xff, 0xfe)])).toBe("");
  });

  it.each([
    ["a byte that is none of UTF-8", Uint8Array.of(0x61, 0x62, 0x63, 0xff)],
    ["an end in the middle of a character", Buffer.from("abc€").subarray(0, 5)],
    ["half a pair", Buffer.from("\ufeffa\ud83d", "utf16le")],
    ["half a unit", Buffer.from("\ufeffab", "utf16le").subarray(0, 5)],
  ])("refuses %s wherever they are cut", async (_, bytes) => {
    for (let place = 0; place <= bytes.length; place++) {
      await expect(decode(cutAt<Uint8Array>(bytes, [place]))).rejects.toMatchObject({ reason: "input-unreadable" });
    }
  });
});
