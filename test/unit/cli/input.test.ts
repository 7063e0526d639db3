import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InputChoice, type InputSurroundings, readInput } from "../../../src/cli/input";
import { readStandardInput } from "../../../src/cli/standardInput";
import { UsageError } from "../../../src/cli/usageError";
import { ExplainError } from "../../../src/common/errors";
import { formatCsvLine } from "../../../src/exports/csvCells";
import { CsvReader, type CsvRecord, tsvRecord } from "../../../src/lists/csv";
import { LineReader, maximumRecordCharacters } from "../../../src/lists/lineReader";

const onWindows = process.platform === "win32";
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-input-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array, field: string | null = null) {
  await writeFile(join(folder, name), content);
  return await linesOf(join(folder, name), field);
}

function choice(file: string, field: string | null = null, rationale: string | null = null): InputChoice {
  return {
    file,
    field,
    option: field === null ? null : file.endsWith("jsonl") ? "field" : "column",
    pair: null,
    rationale,
  };
}

function around(signal = new AbortController().signal): InputSurroundings {
  return { stdin: () => Readable.from([Buffer.from("from standard input\n")]), signal };
}

/** What reading ends with where the signal aborts while the input is opened, which by itself never ends. */
async function endOf(read: (surroundings: InputSurroundings) => Promise<unknown>): Promise<string> {
  const controller = new AbortController();
  const stdin = () => {
    controller.abort();
    return new PassThrough();
  };
  return await read({ stdin, signal: controller.signal }).then(
    () => "an end",
    (error: unknown) => ExplainError.from(error).reason,
  );
}

async function linesOf(file: string, field: string | null = null) {
  const lines: [number, string][] = [];
  for await (const { line, text } of readInput(choice(file, field), around())) {
    lines.push([line, text instanceof ExplainError ? text.reason : text]);
  }
  return lines;
}

function parseCsv(text: string): CsvRecord[] {
  const reader = new CsvReader();
  return [...reader.push(text), ...reader.end()];
}

function parseTsv(text: string): CsvRecord[] {
  const reader = new LineReader({ newlinesOnly: false });
  return [...reader.push(text), ...reader.end()].filter(({ content }) => content !== "").map(tsvRecord);
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
    expect(await failure(linesOf(join(folder, "d.txt")))).toMatchObject({ reason: "input-unreadable" });
    expect(await failure(linesOf(join(folder, "none.txt")))).toMatchObject({ reason: "input-unreadable" });
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

  it("give what is before a fault, and then say what it is", async () => {
    // Beyond the piece that is read first.
    const later = "x".repeat(100_000);
    await writeFile(join(folder, "late.txt"), Buffer.concat([Buffer.from(`good\n${later}`), Buffer.from([0xff])]));
    const lines = readInput(choice(join(folder, "late.txt")), around());
    expect((await lines.next()).value).toEqual({ line: 1, text: "good" });
    expect(await failure(lines.next())).toMatchObject({ reason: "input-unreadable" });
    await writeFile(join(folder, "open.csv"), 'text\ngood\n"never closed\n');
    const records = readInput(choice(join(folder, "open.csv")), around());
    expect((await records.next()).value).toEqual({ line: 2, text: "good" });
    expect(await failure(records.next())).toMatchObject({ message: expect.stringContaining("line 3") });
  });

  it("with a line that is too long: it alone is an error, whatever is between its quotation marks", async () => {
    const long = "y".repeat(maximumRecordCharacters + 1);
    expect(await read("long.txt", `a\n${long}\nb`)).toEqual([
      [1, "a"],
      [2, "input-unreadable"],
      [3, "b"],
    ]);
    expect(await read("long.jsonl", `{"text":"a"}\n{"text":"${long}"}\n{"text":"b"}\n`)).toEqual([
      [1, "a"],
      [2, "input-unreadable"],
      [3, "b"],
    ]);
    expect(await read("long.csv", `id,text\n1,a\n2,"${long}\n,,"\n3,b\n`)).toEqual([
      [2, "a"],
      [3, "input-unreadable"],
      [5, "b"],
    ]);
    expect(await read("long.tsv", `id\ttext\n1\ta\n2\t${long}\n3\tb\n`)).toEqual([
      [2, "a"],
      [3, "input-unreadable"],
      [4, "b"],
    ]);
    expect(await failure(read("header.csv", `${long}\na\n`))).toMatchObject({ reason: "input-unreadable" });
  });

  it("end as cancelled where that comes while they are opened", async () => {
    expect(await endOf((surroundings) => readInput(choice("/dev/stdin"), surroundings).next())).toBe("cancelled");
    expect(await endOf(({ stdin, signal }) => readStandardInput(stdin(), signal))).toBe("cancelled");
  });

  it("that are neither files nor pipes are refused", async () => {
    await mkdir(join(folder, "folder.txt"));
    expect(await failure(linesOf(join(folder, "folder.txt")))).toMatchObject({ reason: "input-unreadable" });
    if (existsSync("/dev/zero")) {
      expect(await failure(linesOf("/dev/zero"))).toMatchObject({
        reason: "input-unreadable",
        message: expect.stringContaining("is no file and no pipe. Give a file, a pipe"),
      });
    }
  });

  it.skipIf(onWindows)("may come through a pipe: lines, a column or a field as the options say", async () => {
    const contents = [
      ["plain.fifo", null, "first\n\nsecond", ["first", "second"]],
      ["table.fifo", "column", 'id,text\n1,"a, b"\n', ["a, b"]],
      ["objects.fifo", "field", '{"text":"x"}\n', ["x"]],
      ["named.csv", null, "text\ny\n", ["y"]],
    ] as const;
    for (const [name, option, content, expected] of contents) {
      const file = join(folder, name);
      execFileSync("mkfifo", [file]);
      const read: unknown[] = [];
      const writer = writeFile(file, content);
      for await (const { text } of readInput(
        { file, field: option && "text", option, pair: null, rationale: null },
        around(),
      )) {
        read.push(text);
      }
      await writer;
      expect(read).toEqual(expected);
    }
  });

  it.skipIf(onWindows)("are waited for in a pipe until somebody interrupts", async () => {
    const file = join(folder, "silent.fifo");
    execFileSync("mkfifo", [file]);
    const controller = new AbortController();
    const lines = readInput(choice(file), around(controller.signal));
    const next = lines.next();
    setImmediate(() => controller.abort());
    expect(await failure(next)).toMatchObject({ reason: "cancelled" });
  });

  it("of another kind are refused", async () => {
    expect(await failure(read("a.pdf", "x"))).toBeInstanceOf(UsageError);
    expect(await failure(read("a.txt", "x", "column"))).toBeInstanceOf(UsageError);
  });
});

describe("what people marked", () => {
  it("comes with each line, as the file says it, where it is asked for", async () => {
    const read = async (name: string, content: string, rationale: string | null) => {
      const file = join(folder, name);
      await writeFile(file, content);
      const lines: unknown[] = [];
      for await (const { rationale: marked } of readInput(choice(file, "text", rationale), around())) {
        lines.push(marked);
      }
      return lines;
    };
    expect(await read("marked.csv", "text,why\na fine film,fine\ndull,\n", "why")).toEqual(["fine", ""]);
    expect(await read("marked.jsonl", '{"text":"a","why":[[0,1]]}\n{"text":"b"}\n', "why")).toEqual([[[0, 1]], null]);
    expect(await read("plain.jsonl", '{"text":"a","why":[[0,1]]}\n', null)).toEqual([undefined]);
    await expect(read("other.csv", "text,why\na,b\n", "reason")).rejects.toThrow("reason");
  });
});
