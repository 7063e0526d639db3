import { ExplainError } from "../common/errors";
import { type Line, maximumRecordCharacters } from "./lineReader";

/** One record of a delimited file and the line it starts on, counted from 1; `null` where it is longer than {@link maximumRecordCharacters}. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[] | null;
}

/** Where the reader stands: before a field's first character, in a field, between quotation marks, or after a mark that may be the closing one. */
type State = "start" | "plain" | "quoted" | "closing";

/**
 * Reads delimited text that comes in pieces, as RFC 4180 has it: fields in quotation marks may hold delimiters, line ends and doubled quotation
 * marks; lines end with CRLF, LF or CR; blank lines are left out.
 */
export class CsvReader {
  #state: State = "start";
  #fields: string[] = [];
  #field = "";
  /** Whether the field, or with it the record, began with a quotation mark: then nothing between two of them is no blank line. */
  #wasQuoted = false;
  #length = 0;
  #line = 1;
  #startLine = 1;
  #afterReturn = false;

  /** The records that end in the next piece. */
  push(text: string): CsvRecord[] {
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < text.length) {
      at = this.#step(text, at, records);
    }
    return records;
  }

  /** The record that no line end follows. Throws `input-unreadable` for a quotation mark that never closes. */
  end(): CsvRecord[] {
    if (this.#state === "quoted") {
      throw new ExplainError(
        "input-unreadable",
        "A quotation mark opened in the record on line {0} is never closed. Close it and try again.",
        this.#startLine,
      );
    }
    const records: CsvRecord[] = [];
    this.#endRecord(records);
    return records;
  }

  /** Reads on from `at`, as far as the state stays the same, and returns where it changes. */
  #step(text: string, at: number, records: CsvRecord[]): number {
    if (this.#state === "quoted") {
      const found = text.indexOf('"', at);
      const end = found < 0 ? text.length : found;
      this.#countLines(text.slice(at, end));
      this.#add(text.slice(at, end));
      if (found >= 0) {
        this.#state = "closing";
        this.#afterReturn = false;
      }
      return end + 1;
    }
    const character = text[at];
    const endsReturn = this.#afterReturn && character === "\n";
    this.#afterReturn = false;
    if (endsReturn) {
      return at + 1;
    }
    if (character === '"' && this.#state !== "plain") {
      this.#add(this.#state === "closing" ? '"' : "");
      this.#state = "quoted";
      this.#wasQuoted = true;
      return at + 1;
    }
    this.#state = "plain";
    const special = /[,\r\n]/g;
    special.lastIndex = at;
    const end = special.exec(text)?.index ?? text.length;
    this.#add(text.slice(at, end));
    if (text[end] === ",") {
      this.#endField();
    } else if (end < text.length) {
      this.#line++;
      this.#afterReturn = text[end] === "\r";
      this.#endRecord(records);
    }
    return end + 1;
  }

  #countLines(text: string): void {
    const rest = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#line += rest.match(/\r\n?|\n/g)?.length ?? 0;
    this.#afterReturn = text === "" ? this.#afterReturn : text.endsWith("\r");
  }

  #add(text: string): void {
    this.#length += text.length;
    this.#field = this.#length > maximumRecordCharacters ? "" : this.#field + text;
  }

  #endField(): void {
    this.#length++;
    this.#fields.push(this.#field);
    this.#field = "";
    this.#state = "start";
    this.#wasQuoted = false;
    if (this.#length > maximumRecordCharacters) {
      this.#fields = [];
    }
  }

  #endRecord(records: CsvRecord[]): void {
    const tooLong = this.#length > maximumRecordCharacters;
    const blank = this.#fields.length === 0 && this.#field === "" && !this.#wasQuoted && !tooLong;
    this.#endField();
    if (!blank) {
      records.push({ line: this.#startLine, fields: tooLong ? null : this.#fields });
    }
    this.#fields = [];
    this.#length = 0;
    this.#startLine = this.#line;
  }
}

/**
 * The fields of a line between tabs. Quotation marks are text, as in most data sets, except around a whole field in which every other one is
 * doubled.
 */
export function tsvRecord({ line, content }: Line): CsvRecord {
  const fields = content
    ?.split("\t")
    .map((field) => (/^"(?:[^"]|"")*"$/.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field));
  return { line, fields: fields ?? null };
}

/** What spreadsheets take for the start of a formula, after any number of the sign that keeps them from it. */
const formula = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** Characters that a terminal or an editor would act on; line ends, tabs and joiners are none. */
const acting = /(?![\t\r\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text of others for a cell: control, bidirectional and unseen characters are left out, and an apostrophe stands before what a spreadsheet would compute.
 * Who takes one apostrophe from a cell that matches `^'+[=+\-@…]` has the text again.
 */
export function textCell(text: string): string {
  const shown = text.replace(/\p{Cs}/gu, "\ufffd").replace(acting, "");
  return formula.test(shown) ? `'${shown}` : shown;
}

/** Fields as one line of a delimited file, in quotation marks where they need them: also around nothing, which alone would be a blank line. */
export function formatCsvLine(fields: readonly (string | number)[]): string {
  if (fields.length === 1 && fields[0] === "") {
    return '""';
  }
  return fields
    .map((field) => {
      const text = String(field);
      return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}
