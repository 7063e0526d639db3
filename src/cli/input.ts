import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { ExplainError } from "../common/errors";
import { type CsvRecord, parseCsv, parseTsv } from "./csv";
import { UsageError } from "./usageError";

/** One text of an input file: the line it is on, and the text or why there is none. */
export interface InputLine {
  readonly line: number;
  readonly text: string | ExplainError;
}

const maximumInputBytes = 512 * 2 ** 20;

/**
 * Reads the texts of a file: `.txt` a text a line (blank lines left out), `.csv` and `.tsv` a column by its name in the first line, `.jsonl` a field of
 * each object. Throws {@link UsageError} for a missing file, another kind of file, or an unknown column; `input-unreadable` for what is not text.
 */
export async function readInputFile(file: string, field: string | null): Promise<InputLine[]> {
  const kind = extname(file).toLowerCase();
  switch (kind) {
    case ".txt":
      if (field !== null) {
        throw new UsageError("--column and --field are for .csv, .tsv and .jsonl files.");
      }
      return textLines(await readText(file));
    case ".csv":
      return columnOf(parseCsv(await readText(file)), field);
    case ".tsv":
      return columnOf(parseTsv(await readText(file)), field);
    case ".jsonl":
    case ".ndjson":
      return fieldsOf(await readText(file), field ?? "text");
    default:
      throw new UsageError(`--input reads .txt, .csv, .tsv and .jsonl files; not "${file}".`);
  }
}

async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(file);
    if (size > maximumInputBytes) {
      throw new ExplainError(
        "input-unreadable",
        "{0} is larger than {1} MB. Split it into smaller files.",
        file,
        maximumInputBytes / 2 ** 20,
      );
    }
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof ExplainError) {
      throw error;
    }
    throw new ExplainError("input-unreadable", "The file {0} cannot be read. Check its name.", file);
  }
  return decodeText(bytes, file);
}

/** Bytes as text: UTF-8, or UTF-16 where a byte order mark says so; the mark itself is left out. Throws `input-unreadable` for anything else. */
export function decodeText(bytes: Uint8Array, name: string): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new ExplainError("input-unreadable", "{0} is not UTF-8 text. Save it as UTF-8.", name);
  }
}

function textLines(text: string): InputLine[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((content, index) => ({ line: index + 1, text: content }))
    .filter(({ text: content }) => content.trim() !== "");
}

function columnOf([header, ...records]: readonly CsvRecord[], column: string | null): InputLine[] {
  if (!header) {
    return [];
  }
  const wanted = column ?? "text";
  const names = header.fields.map((name) => name.trim());
  const exact = names.indexOf(wanted);
  const position = exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
  if (position < 0 && !(column === null && names.length === 1)) {
    throw new UsageError(`There is no column "${wanted}". Choose one with --column: ${names.join(", ")}.`);
  }
  return records.map(({ line, fields }) => ({
    line,
    text:
      fields[Math.max(0, position)] ??
      new ExplainError("input-unreadable", "The line has too few columns ({0}). Check its delimiters.", fields.length),
  }));
}

function fieldsOf(text: string, field: string): InputLine[] {
  return text
    .split(/\r\n|\n/)
    .map((content, index) => ({ line: index + 1, content }))
    .filter(({ content }) => content.trim() !== "")
    .map(({ line, content }) => ({ line, text: fieldOf(content, field) }));
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
