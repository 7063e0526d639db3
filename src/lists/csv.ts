import { DelimitedScanner, separatorOf, tabbedFields } from "../common/delimited";
import { ExplainError } from "../common/errors";
import { type Line, maximumRecordCharacters } from "./lineReader";

/** One record of a delimited file and the line it starts on, counted from 1; `null` where it is longer than {@link maximumRecordCharacters}. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[] | null;
}

/**
 * Reads delimited text that comes in pieces; blank lines are left out. The fields stand between commas, or where the first line has none between semicolons
 * or tabs.
 */
export class CsvReader {
  /** Text that came before the separator was known. */
  #head = "";
  #scanner: DelimitedScanner | null = null;
  #fields: string[] = [];
  #field = "";
  /** Whether the record began with a quotation mark: then nothing between two of them is no blank line. */
  #wasQuoted = false;
  #length = 0;
  #records: CsvRecord[] = [];

  /** The records that end in the next piece. */
  push(text: string): CsvRecord[] {
    if (!this.#scanner) {
      this.#head += text;
      this.#start(false);
    } else {
      this.#scanner.push(text);
    }
    return this.#taken();
  }

  /** The record that no line end follows. Throws `input-unreadable` for a quotation mark that never closes. */
  end(): CsvRecord[] {
    const scanner = this.#scanner ?? this.#start(true);
    if (scanner?.end() === false) {
      throw new ExplainError(
        "input-unreadable",
        "A quotation mark opened in the record on line {0} is never closed. Close it and try again.",
        scanner.recordLine,
      );
    }
    return this.#taken();
  }

  #start(isAll: boolean): DelimitedScanner | null {
    const separator = separatorOf(this.#head, isAll);
    if (separator === null) {
      return null;
    }
    const scanner = new DelimitedScanner(separator, {
      text: (piece, start, end) => this.#add(piece.slice(start, end)),
      mark: (kind) => {
        this.#add(kind === "doubled" ? '"' : "");
        this.#wasQuoted = true;
      },
      fieldEnd: (_, isLast) => this.#endField(isLast, scanner.recordLine),
    });
    this.#scanner = scanner;
    scanner.push(this.#head);
    this.#head = "";
    return scanner;
  }

  #taken(): CsvRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  #add(text: string): void {
    this.#length += text.length;
    this.#field = this.#length > maximumRecordCharacters ? "" : this.#field + text;
  }

  #endField(isLast: boolean, line: number): void {
    const isTooLong = this.#length > maximumRecordCharacters;
    const isBlank = isLast && this.#length === 0 && !this.#wasQuoted;
    this.#length++;
    this.#fields.push(this.#field);
    this.#field = "";
    if (this.#length > maximumRecordCharacters) {
      this.#fields = [];
    }
    if (!isLast) {
      return;
    }
    if (!isBlank) {
      this.#records.push({ line, fields: isTooLong ? null : this.#fields });
    }
    this.#fields = [];
    this.#length = 0;
    this.#wasQuoted = false;
  }
}

/** The fields of a line between tabs. */
export function tsvRecord({ line, content }: Line): CsvRecord {
  if (content === null) {
    return { line, fields: null };
  }
  const fields = [...tabbedFields(content)].map(({ start, end, isQuoted }) =>
    isQuoted ? content.slice(start + 1, end - 1).replaceAll('""', '"') : content.slice(start, end),
  );
  return { line, fields };
}
