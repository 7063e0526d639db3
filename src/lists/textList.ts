import { type Fields, fieldsOf } from "../common/checks";
import { ExplainError } from "../common/errors";
import { formatCount } from "../common/format";
import type { DocumentKind } from "../common/reading";
import { CsvReader, type CsvRecord, tsvRecord } from "./csv";
import { LineReader, maximumRecordCharacters } from "./lineReader";

/** One text of a list: the line it is on, and the text or why there is none. */
export interface ListedText {
  readonly line: number;
  readonly text: string | ExplainError;
  /** The second text; only where it was asked for and there is a text. */
  readonly pair?: string;
  /** What people marked, as the list says it; only where it was asked for. */
  readonly rationale?: unknown;
}

/** The column or field that has the texts where nobody says otherwise. */
export const usualField = "text";

/** Which part of each record is read. */
export interface ListChoice {
  /** The column or field with the text; `null` takes {@link usualField}, or the only column there is. */
  readonly field: string | null;
  /** The one with the second text; `null` where none is asked for. */
  readonly pair: string | null;
  /** The one that says what people marked; `null` where that is not asked for. */
  readonly rationale: string | null;
}

/** Reads a list of texts that comes in pieces; what was begun is ended with the next piece, or at the end. */
export interface ListReader {
  /** Throws `column-unknown`. */
  push(piece: string): ListedText[];
  /** Throws what {@link push} does, and `input-unreadable` for a quotation mark that never closes. */
  end(): ListedText[];
}

/** A kind of list. */
interface ListKind {
  /** Endings of its files' names. */
  readonly endings: readonly string[];
  /** The kind of document it is otherwise; `null` where it is no such kind of its own. */
  readonly document: DocumentKind | null;
  /** What its records have of which one is the text; `null` where a line is a text. */
  readonly parts: "column" | "field" | null;
  readonly reader: (choice: ListChoice) => ListReader;
  /** The parts of the first record of a list, by name, those with text alone where that can be told. */
  readonly names: (list: string) => readonly string[];
}

const kinds = {
  lines: {
    endings: [".txt"],
    document: "plain",
    parts: null,
    reader: () => new Texts(new LineReader({ newlinesOnly: false }), lineTexts),
    names: () => [],
  },
  commas: {
    endings: [".csv"],
    document: "csv",
    parts: "column",
    reader: (choice) => new Texts(new CsvReader(), columnTexts(choice)),
    names: (list) => first(new CsvReader(), list)?.fields ?? [],
  },
  tabs: {
    endings: [".tsv"],
    document: "tsv",
    parts: "column",
    reader: (choice) => {
      const texts = columnTexts(choice);
      return new Texts(new LineReader({ newlinesOnly: false }), (line) =>
        line.content === "" ? [] : texts(tsvRecord(line)),
      );
    },
    names: (list) => {
      const line = first(new LineReader({ newlinesOnly: false }), list);
      return (line && tsvRecord(line).fields) ?? [];
    },
  },
  jsonLines: {
    endings: [".jsonl", ".ndjson"],
    document: null,
    parts: "field",
    reader: (choice) => new Texts(new LineReader({ newlinesOnly: true }), fieldTexts(choice)),
    names: (list) => {
      const record = recordOf(first(new LineReader({ newlinesOnly: true }), list)?.content ?? "");
      return record instanceof ExplainError ? [] : Object.keys(record).filter((key) => typeof record[key] === "string");
    },
  },
} as const satisfies Readonly<Record<string, ListKind>>;

/** The name of a kind of list. */
export type ListKindName = keyof typeof kinds;

/** Every kind of list: a text a line, a column of a table, a field of JSON lines. */
export const listKinds: Readonly<Record<ListKindName, ListKind>> = kinds;

const kindNames = Object.keys(kinds) as ListKindName[];

/** The kind of list a file is by the ending of its name; `null` for files that are none. */
export function listKindOf(path: string): ListKindName | null {
  const ending = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? "";
  return kindNames.find((name) => listKinds[name].endings.includes(ending)) ?? null;
}

/** The kind of list a document is; `null` where it is none. */
export function listKindOfDocument(kind: DocumentKind): ListKindName | null {
  return kindNames.find((name) => listKinds[name].document === kind) ?? null;
}

/** Splits text that comes in pieces into records. */
interface RecordReader<T> {
  push(piece: string): T[];
  end(): T[];
}

class Texts<T> implements ListReader {
  readonly #records: RecordReader<T>;
  readonly #textsOf: (record: T) => readonly ListedText[];

  constructor(records: RecordReader<T>, textsOf: (record: T) => readonly ListedText[]) {
    this.#records = records;
    this.#textsOf = textsOf;
  }

  push(piece: string): ListedText[] {
    return this.#records.push(piece).flatMap(this.#textsOf);
  }

  end(): ListedText[] {
    return this.#records.end().flatMap(this.#textsOf);
  }
}

/** The first record of a list, of which no more is read than a record may have. */
function first<T>(reader: RecordReader<T>, list: string): T | undefined {
  const head = list.slice(0, maximumRecordCharacters);
  return reader.push(head)[0] ?? (head.length === list.length ? reader.end()[0] : undefined);
}

function lineTexts({ line, content }: { readonly line: number; readonly content: string | null }): ListedText[] {
  return content?.trim() === "" ? [] : [{ line, text: content ?? tooLong() }];
}

function columnTexts({ field, pair, rationale }: ListChoice): (record: CsvRecord) => ListedText[] {
  let position: number | null = null;
  let second: number | null = null;
  let marked: number | null = null;
  return ({ line, fields }) => {
    if (position === null) {
      if (fields === null) {
        throw tooLong();
      }
      position = columnPosition(fields, field);
      second = pair === null ? null : columnPosition(fields, pair);
      marked = rationale === null ? null : columnPosition(fields, rationale);
      return [];
    }
    const cell = (place: number) => (fields ? (fields[place] ?? tooFewColumns(fields.length)) : tooLong());
    const texts = paired(cell(position), second === null ? undefined : cell(second));
    return [{ line, ...texts, ...(marked === null ? {} : { rationale: fields?.[marked] ?? null }) }];
  };
}

/** A text with its second one; what is wrong with either is what is wrong. */
function paired(
  text: string | ExplainError,
  pair: string | ExplainError | undefined,
): Pick<ListedText, "text" | "pair"> {
  if (text instanceof ExplainError || pair === undefined) {
    return { text };
  }
  return pair instanceof ExplainError ? { text: pair } : { text, pair };
}

function columnPosition(header: readonly string[], column: string | null): number {
  const wanted = column ?? usualField;
  const names = header.map((name) => name.trim());
  const exact = names.indexOf(wanted);
  const position = exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
  if (position < 0 && !(column === null && names.length === 1)) {
    throw new ExplainError(
      "column-unknown",
      'There is no column "{0}". Choose one of these: {1}.',
      wanted,
      names.join(", "),
    );
  }
  return Math.max(0, position);
}

function fieldTexts({
  field,
  pair,
  rationale,
}: ListChoice): (line: { readonly line: number; readonly content: string | null }) => ListedText[] {
  return ({ line, content }) => {
    if (content?.trim() === "") {
      return [];
    }
    const record = content === null ? tooLong() : recordOf(content);
    if (record instanceof ExplainError) {
      return [{ line, text: record }];
    }
    const marked = rationale === null ? {} : { rationale: record[rationale] ?? null };
    const texts = paired(textOf(record, field ?? usualField), pair === null ? undefined : textOf(record, pair));
    return [{ line, ...texts, ...marked }];
  };
}

function recordOf(line: string): Fields | ExplainError {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return new ExplainError("input-unreadable", "The line is not valid JSON. Check the file.");
  }
}

function textOf(record: Fields, field: string): string | ExplainError {
  const found = Object.hasOwn(record, field) ? record[field] : undefined;
  return typeof found === "string"
    ? found
    : new ExplainError("input-unreadable", 'The line has no text in the field "{0}". Choose another field.', field);
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
