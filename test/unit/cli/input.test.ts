import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatCsvLine, parseCsv, parseTsv } from "../../../src/cli/csv";
import { readInputFile } from "../../../src/cli/input";
import { UsageError } from "../../../src/cli/usageError";
import { ExplainError } from "../../../src/common/errors";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-input-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array, field: string | null = null) {
  await writeFile(join(folder, name), content);
  const lines = await readInputFile(join(folder, name), field);
  return lines.map(({ line, text }) => [line, text instanceof ExplainError ? text.reason : text]);
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => "was accepted",
    (error: unknown) => error,
  );
}

describe("delimited text", () => {
  it("follows RFC 4180", () => {
    const text = 'id,text\r\n1,"a ""quoted"", text\r\nover two lines"\r\n2,plain "inside"\r\n\r\n3,""\n';
    expect(parseCsv(text)).toEqual([
      { line: 1, fields: ["id", "text"] },
      { line: 2, fields: ["1", 'a "quoted", text\r\nover two lines'] },
      { line: 4, fields: ["2", 'plain "inside"'] },
      { line: 6, fields: ["3", ""] },
    ]);
    expect(parseCsv("a\rb")).toHaveLength(2);
    expect(parseCsv("")).toEqual([]);
    expect(parseCsv('""')).toEqual([{ line: 1, fields: [""] }]);
  });

  it("says where a quotation mark was left open", () => {
    expect(() => parseCsv('a,b\n1,"never closed\n2,x')).toThrow("line 2");
  });

  it("takes quotation marks between tabs for text", () => {
    expect(parseTsv('a\t"b\n"c ""d"""\t5" wide\n')).toEqual([
      { line: 1, fields: ["a", '"b'] },
      { line: 2, fields: ['c "d"', '5" wide'] },
    ]);
  });

  it("is written so that it reads back", () => {
    const fields = ['say "hi"', "a,b", "two\nlines", " edge ", "plain", 0.5];
    expect(parseCsv(formatCsvLine(fields))).toEqual([{ line: 1, fields: fields.map(String) }]);
    for (const empty of [[""], ["", ""], ["", "a"], ["a", ""]]) {
      expect(parseCsv(`${formatCsvLine(empty)}\n`)).toEqual([{ line: 1, fields: empty }]);
    }
  });
});

describe("input files", () => {
  it(".txt: a text a line, blank lines left out, line numbers kept", async () => {
    expect(await read("a.txt", "one\r\n\r\ntwo\nthree")).toEqual([
      [1, "one"],
      [3, "two"],
      [4, "three"],
    ]);
  });

  it("byte order marks are no text; UTF-16 is read by its mark", async () => {
    expect(await read("b.txt", "\ufeffone\n")).toEqual([[1, "one"]]);
    expect(await read("c.txt", Buffer.from("\ufeffzwölf", "utf16le"))).toEqual([[1, "zwölf"]]);
  });

  it("other encodings are refused", async () => {
    await writeFile(join(folder, "d.txt"), Buffer.from([0x66, 0xfc, 0x72]));
    expect(await failure(readInputFile(join(folder, "d.txt"), null))).toMatchObject({ reason: "input-unreadable" });
    expect(await failure(readInputFile(join(folder, "none.txt"), null))).toMatchObject({ reason: "input-unreadable" });
  });

  it(".csv and .tsv: a column by name, lines that lack it are errors", async () => {
    const csv = "id,Review\n1,good\n2\n3,bad\n";
    expect(await read("a.csv", csv, "review")).toEqual([
      [2, "good"],
      [3, "input-unreadable"],
      [4, "bad"],
    ]);
    expect(await read("a.tsv", "text\tlabel\nfine\t1\n")).toEqual([[2, "fine"]]);
    expect(await read("one.csv", "anything\nfine\n")).toEqual([[2, "fine"]]);
    expect(await failure(read("b.csv", csv))).toBeInstanceOf(UsageError);
    expect(await failure(read("b.csv", csv, "none"))).toMatchObject({ message: expect.stringContaining("id, Review") });
  });

  it(".jsonl: a field of each object, lines that lack it are errors", async () => {
    const text = '{"text":"good"}\n\nnot json\n{"other":1}\n{"text":5}\n[]\n{"text":"\\ud83d\\ude00"}';
    expect(await read("a.jsonl", text)).toEqual([
      [1, "good"],
      [3, "input-unreadable"],
      [4, "input-unreadable"],
      [5, "input-unreadable"],
      [6, "input-unreadable"],
      [7, "😀"],
    ]);
    expect(await read("b.jsonl", '{"body":"x","toString":1}', "toString")).toEqual([[1, "input-unreadable"]]);
  });

  it("of another kind are refused", async () => {
    expect(await failure(read("a.pdf", "x"))).toBeInstanceOf(UsageError);
    expect(await failure(read("a.txt", "x", "column"))).toBeInstanceOf(UsageError);
  });
});
