import { ExplainError } from "../common/errors";

/** One record of a delimited file and the line it starts on, counted from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Reads delimited text as RFC 4180 has it: fields in quotation marks may hold delimiters, line ends and doubled quotation marks; lines end with
 * CRLF, LF or CR; blank lines are left out. Throws `input-unreadable` for a quotation mark that never closes.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = "";
  let quoted = false;
  let wasQuoted = false;
  let line = 1;
  let startLine = 1;
  const endRecord = () => {
    const blank = fields.length === 0 && field === "" && !wasQuoted;
    if (!blank) {
      records.push({ line: startLine, fields: [...fields, field] });
    }
    fields = [];
    field = "";
    wasQuoted = false;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    const isLineEnd = character === "\n" || (character === "\r" && text[index + 1] !== "\n");
    line += isLineEnd ? 1 : 0;
    if (quoted) {
      if (character !== '"') {
        field += character;
      } else if (text[index + 1] === '"') {
        field += '"';
        index++;
      } else {
        quoted = false;
      }
    } else if (character === '"' && field === "" && !wasQuoted) {
      quoted = true;
      wasQuoted = true;
    } else if (character === ",") {
      fields.push(field);
      field = "";
      wasQuoted = false;
    } else if (isLineEnd) {
      endRecord();
      startLine = line;
    } else if (character !== "\r" || text[index + 1] !== "\n") {
      field += character;
    }
  }
  if (quoted) {
    throw new ExplainError(
      "input-unreadable",
      "A quotation mark opened in the record on line {0} is never closed. Close it and try again.",
      startLine,
    );
  }
  endRecord();
  return records;
}

/**
 * Reads tab-separated lines. Quotation marks are text, as in most data sets, except around a whole field in which every other one is doubled.
 * Blank lines are left out.
 */
export function parseTsv(text: string): CsvRecord[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((content, index) => ({ line: index + 1, content }))
    .filter(({ content }) => content !== "")
    .map(({ line, content }) => ({
      line,
      fields: content
        .split("\t")
        .map((field) => (/^"(?:[^"]|"")*"$/.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field)),
    }));
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
