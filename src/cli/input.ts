import { constants, createReadStream, fstat, open } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { extname } from "node:path";
import { promisify } from "node:util";
import { onAbort } from "../common/abort";
import { type Fields, fieldsOf as fieldsOfValue } from "../common/checks";
import { ExplainError, throwIfCancelled } from "../common/errors";
import { formatCount } from "../common/format";
import { CsvReader, type CsvRecord, tsvRecord } from "./csv";
import { bytesOf, decodedText } from "./decode";
import { LineReader, maximumRecordCharacters } from "./lineReader";
import { UsageError } from "./usageError";

/** One text of an input file: the line it is on, and the text or why there is none. */
export interface InputLine {
  readonly line: number;
  readonly text: string | ExplainError;
  /** What people marked, as the file says it; only where it was asked for. */
  readonly rationale?: unknown;
}

/** Splits text that comes in pieces; what was begun is ended with the next piece, or at the end. */
interface Reader<T> {
  push(text: string): T[];
  end(): T[];
}

/** Which texts are read: the file, and with `--column` or `--field` which part of each record. */
export interface InputChoice {
  readonly file: string;
  readonly field: string | null;
  /** Which of the two options named the field. */
  readonly option: "column" | "field" | null;
  /** Which other part of each record says what people marked; `null` where that is not asked for. */
  readonly rationale: string | null;
}

/** What reading is given by its surroundings. */
export interface InputSurroundings {
  /** The process's standard input, asked for when it is read. */
  readonly stdin: () => NodeJS.ReadableStream & { destroy(): unknown };
  /** Ends waiting for a pipe's next piece. */
  readonly signal: AbortSignal;
}

const ownInput = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/** Whether an input is a file, whose texts can be counted before they are explained; a pipe's are gone once they are read. */
export async function canBeReadTwice(file: string): Promise<boolean> {
  return await stat(file).then(
    (about) => about.isFile(),
    () => true,
  );
}

/**
 * Reads the texts of a file one after the other, never holding more than one of them: `.txt` a text a line (blank lines left out), `.csv` and `.tsv`
 * a column by its name in the first line, `.jsonl` a field of each object. A pipe without such a name is CSV with `--column`, JSON lines with `--field`, and
 * else a text a line. Throws {@link UsageError} for another kind of file or an unknown column; `input-unreadable` for a missing file and for what is not
 * text, `cancelled` once the signal aborts.
 */
export async function* readInput(choice: InputChoice, around: InputSurroundings): AsyncGenerator<InputLine> {
  const { file, field, rationale } = choice;
  switch (await kindOf(choice)) {
    case ".txt":
      if (field !== null || rationale !== null) {
        throw new UsageError("--column, --field and --rationale are for .csv, .tsv and .jsonl files.");
      }
      yield* textLines(file, around);
      return;
    case ".csv":
      yield* columnOf(read(file, around, new CsvReader()), choice);
      return;
    case ".tsv":
      yield* columnOf(tsvRecords(file, around), choice);
      return;
    case ".jsonl":
    case ".ndjson":
      yield* fieldsOf(file, around, choice);
      return;
    default:
      throw new UsageError(`--input reads .txt, .csv, .tsv and .jsonl files; not "${file}".`);
  }
}

/** The ending of a file's name, or the one that stands for what a pipe holds. */
async function kindOf({ file, option }: InputChoice): Promise<string> {
  const ending = extname(file).toLowerCase();
  const known = [".txt", ".csv", ".tsv", ".jsonl", ".ndjson"].includes(ending);
  return known || (!file.startsWith("/dev/") && (await canBeReadTwice(file)))
    ? ending
    : { column: ".csv", field: ".jsonl", none: ".txt" }[option ?? "none"];
}

/** The text of a file or a pipe, in pieces. Throws `input-unreadable` for a missing file and for what is not text. */
export function readPieces(file: string, around: InputSurroundings): AsyncGenerator<string> {
  return read(file, around, { push: (text) => [text], end: () => [] });
}

async function* read<T>(file: string, around: InputSurroundings, reader: Reader<T>): AsyncGenerator<T> {
  const { signal } = around;
  throwIfCancelled(signal);
  const stream = await openInput(file, around);
  const hearNoMore = onAbort(signal, () => stream.destroy());
  try {
    for await (const text of decodedText(bytesOf(stream), file)) {
      yield* reader.push(text);
    }
    throwIfCancelled(signal);
    yield* reader.end();
  } catch (error) {
    throwIfCancelled(signal);
    throw isSystemError(error) ? unreadable(file) : error;
  } finally {
    hearNoMore();
    stream.destroy();
  }
}

async function openInput(file: string, { stdin }: InputSurroundings): Promise<ReturnType<InputSurroundings["stdin"]>> {
  if (ownInput.includes(file) && !(await canBeReadTwice(file))) {
    return stdin();
  }
  let descriptor: number;
  try {
    // Opening a pipe would wait for someone who writes to it, and nothing could end that.
    descriptor = await promisify(open)(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    throw unreadable(file);
  }
  const about = await promisify(fstat)(descriptor);
  if (about.isFIFO()) {
    // A socket is waited for outside the few threads that read files, which could not be called back.
    return new Socket({ fd: descriptor, readable: true, writable: false });
  }
  const stream = createReadStream("", { fd: descriptor });
  if (about.isFile()) {
    return stream;
  }
  stream.destroy();
  throw new ExplainError(
    "input-unreadable",
    "{0} is no file and no pipe. Give a file, a pipe such as /dev/stdin, or one text on standard input with -.",
    file,
  );
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function unreadable(file: string): ExplainError {
  return new ExplainError("input-unreadable", "The file {0} cannot be read. Check its name.", file);
}

async function* textLines(file: string, around: InputSurroundings): AsyncGenerator<InputLine> {
  for await (const { line, content } of read(file, around, new LineReader({ newlinesOnly: false }))) {
    if (content?.trim() !== "") {
      yield { line, text: content ?? tooLong() };
    }
  }
}

async function* tsvRecords(file: string, around: InputSurroundings): AsyncGenerator<CsvRecord> {
  for await (const line of read(file, around, new LineReader({ newlinesOnly: false }))) {
    if (line.content !== "") {
      yield tsvRecord(line);
    }
  }
}

async function* columnOf(
  records: AsyncGenerator<CsvRecord>,
  { field: column, rationale }: InputChoice,
): AsyncGenerator<InputLine> {
  let position: number | null = null;
  let marked: number | null = null;
  for await (const { line, fields } of records) {
    if (position === null) {
      if (fields === null) {
        throw tooLong();
      }
      position = columnPosition(fields, column);
      marked = rationale === null ? null : columnPosition(fields, rationale);
    } else {
      const text = fields ? (fields[position] ?? tooFewColumns(fields.length)) : tooLong();
      yield { line, text, ...(marked === null ? {} : { rationale: fields?.[marked] ?? null }) };
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

async function* fieldsOf(
  file: string,
  around: InputSurroundings,
  { field, rationale }: InputChoice,
): AsyncGenerator<InputLine> {
  for await (const { line, content } of read(file, around, new LineReader({ newlinesOnly: true }))) {
    if (content?.trim() !== "") {
      const record = content === null ? tooLong() : recordOf(content);
      const text = record instanceof ExplainError ? record : textOf(record, field ?? "text");
      const marked =
        record instanceof ExplainError || rationale === null ? {} : { rationale: record[rationale] ?? null };
      yield { line, text, ...marked };
    }
  }
}

function recordOf(line: string): Fields | ExplainError {
  try {
    return fieldsOfValue(JSON.parse(line));
  } catch {
    return new ExplainError("input-unreadable", "The line is not valid JSON. Check the file.");
  }
}

function textOf(record: Fields, field: string): string | ExplainError {
  const found = Object.hasOwn(record, field) ? record[field] : undefined;
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
