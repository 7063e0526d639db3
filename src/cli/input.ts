import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { extname } from "node:path";
import { ExplainError } from "../common/errors";
import { formatCount } from "../common/format";
import { CsvReader, type CsvRecord, tsvRecord } from "./csv";
import { decodedText } from "./decode";
import { LineReader, maximumRecordCharacters } from "./lineReader";
import { UsageError } from "./usageError";

/** One text of an input file: the line it is on, and the text or why there is none. */
export interface InputLine {
  readonly line: number;
  readonly text: string | ExplainError;
}

/** Splits text that comes in pieces; what was begun is ended with the next piece, or at the end. */
interface Reader<T> {
  push(text: string): T[];
  end(): T[];
}

/**
 * Reads the texts of a file one after the other, never holding more than one of them: `.txt` a text a line (blank lines left out), `.csv` and `.tsv`
 * a column by its name in the first line, `.jsonl` a field of each object. Throws {@link UsageError} for another kind of file or an unknown column;
 * `input-unreadable` for a missing file and for what is not text.
 */
export function readInput(file: string, field: string | null): AsyncGenerator<InputLine> {
  switch (extname(file).toLowerCase()) {
    case ".txt":
      if (field !== null) {
        throw new UsageError("--column and --field are for .csv, .tsv and .jsonl files.");
      }
      return textLines(file);
    case ".csv":
      return columnOf(read(file, new CsvReader()), field);
    case ".tsv":
      return columnOf(tsvRecords(file), field);
    case ".jsonl":
    case ".ndjson":
      return fieldsOf(file, field ?? "text");
    default:
      throw new UsageError(`--input reads .txt, .csv, .tsv and .jsonl files; not "${file}".`);
  }
}

/** The text of a file, in pieces. Throws `input-unreadable` for a missing file and for what is not text. */
export function readPieces(file: string): AsyncGenerator<string> {
  return read(file, { push: (text) => [text], end: () => [] });
}

async function* read<T>(file: string, reader: Reader<T>): AsyncGenerator<T> {
  const handle = await openPlain(file);
  try {
    for await (const text of decodedText(handle.createReadStream({ autoClose: false }), file)) {
      yield* reader.push(text);
    }
    yield* reader.end();
  } catch (error) {
    throw isSystemError(error) ? unreadable(file) : error;
  } finally {
    await handle.close();
  }
}

async function openPlain(file: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    // Opening a pipe would wait for someone who writes to it, and nothing could end that.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if ((await handle.stat()).isFile()) {
      return handle;
    }
  } catch {
    throw unreadable(file);
  }
  await handle.close();
  throw new ExplainError(
    "input-unreadable",
    "{0} is no plain file. Give a file, or one text on standard input with -.",
    file,
  );
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function unreadable(file: string): ExplainError {
  return new ExplainError("input-unreadable", "The file {0} cannot be read. Check its name.", file);
}

async function* textLines(file: string): AsyncGenerator<InputLine> {
  for await (const { line, content } of read(file, new LineReader({ newlinesOnly: false }))) {
    if (content?.trim() !== "") {
      yield { line, text: content ?? tooLong() };
    }
  }
}

async function* tsvRecords(file: string): AsyncGenerator<CsvRecord> {
  for await (const line of read(file, new LineReader({ newlinesOnly: false }))) {
    if (line.content !== "") {
      yield tsvRecord(line);
    }
  }
}

async function* columnOf(records: AsyncGenerator<CsvRecord>, column: string | null): AsyncGenerator<InputLine> {
  let position: number | null = null;
  for await (const { line, fields } of records) {
    if (position === null) {
      if (fields === null) {
        throw tooLong();
      }
      position = columnPosition(fields, column);
    } else {
      yield { line, text: fields ? (fields[position] ?? tooFewColumns(fields.length)) : tooLong() };
    }
  }
}

function columnPosition(header: readonly string[], column: string | null): number {
  const wanted = column ?? "text";
  const names = header.map((name) => name.trim());
  const exact = names.indexOf(wanted);
  const position = exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
  if (position < 0 && !(column === null && names.length === 1)) {
    throw new UsageError(`There is no column "${wanted}". Choose one with --column: ${names.join(", ")}.`);
  }
  return Math.max(0, position);
}

async function* fieldsOf(file: string, field: string): AsyncGenerator<InputLine> {
  for await (const { line, content } of read(file, new LineReader({ newlinesOnly: true }))) {
    if (content?.trim() !== "") {
      yield { line, text: content === null ? tooLong() : fieldOf(content, field) };
    }
  }
}

function fieldOf(line: string, field: string): string | ExplainError {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return new ExplainError("input-unreadable", "The line is not valid JSON. Check the file.");
  }
  const found: unknown =
    typeof value === "object" && value !== null && Object.hasOwn(value, field)
      ? Object.entries(value).find(([name]) => name === field)?.[1]
      : undefined;
  return typeof found === "string"
    ? found
    : new ExplainError(
        "input-unreadable",
        'The line has no text in the field "{0}". Choose another with --field.',
        field,
      );
}

function tooFewColumns(count: number): ExplainError {
  return new ExplainError("input-unreadable", "The line has too few columns ({0}). Check its delimiters.", count);
}

function tooLong(): ExplainError {
  return new ExplainError(
    "input-unreadable",
    "The line has more than {0} characters. Split it, or leave out what is not explained.",
    formatCount(maximumRecordCharacters),
  );
}
