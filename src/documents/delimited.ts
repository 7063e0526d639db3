import { DelimitedScanner, separatorOf, tabbedFields } from "../common/delimited";
import { type Message, message } from "../common/message";
import { BlockBuilder, type Span } from "./block";
import { linesOf } from "./lines";
import type { DocumentReader, Findings, Source } from "./reader";

/** Values between commas, as RFC 4180 has them, or between semicolons or tabs where the first line has no comma. */
export const csvReader: DocumentReader = {
  name: "CSV",
  atCursor: "field",
  read(source: Source, findings: Findings): Message | null {
    const { text, end: last } = source;
    const records = new Records(source);
    let start = 0;
    // Most fields are not asked for, so that what they are made of is only noted: where a part starts and ends, and whether it is a mark.
    const parts: number[] = [];
    const scanner = new DelimitedScanner(separatorOf(text, true) ?? ",", {
      text: (_, from, to) => parts.push(copied, from, to),
      mark: (kind, at) => parts.push(kind === "doubled" ? doubled : leftOut, at, kind === "doubled" ? at + 2 : at + 1),
      fieldEnd: (end, isLast) => {
        if (findings.wants(start, end)) {
          findings.add(blockOf(text, parts), "field", start, end);
        }
        records.add(start, end, isLast);
        parts.length = 0;
        start = end + 1;
      },
    });
    scanner.push(text, last);
    if (start <= last && !scanner.end()) {
      return message("A quotation mark in the record on line {0} is never closed.", scanner.recordLine);
    }
    records.enter(findings);
    return null;
  },
};

/** The records that a selection touches: where it has all of each, they are one entry, and columns are its members. */
class Records {
  readonly #place: Span;
  readonly #columns: Span[][] = [];
  #fields: Span[] = [];
  #start: number | null = null;
  #isCut = false;

  constructor(place: Span) {
    this.#place = place;
  }

  /** Takes the next field, `isLast` in its record. */
  add(start: number, end: number, isLast: boolean): void {
    this.#start ??= start;
    if (this.#start >= this.#place.start) {
      this.#fields.push({ start, end });
    }
    if (isLast) {
      this.#endRecord(end);
    }
  }

  enter(findings: Findings): void {
    this.#endRecord(Number.POSITIVE_INFINITY);
    const end = Math.max(...this.#columns.map((column) => column.at(-1)?.end ?? 0));
    if (!this.#isCut && this.#columns.length > 1) {
      const members = this.#columns.map((spans, column) => ({ name: `${column}`, spans }));
      findings.enter({ start: this.#columns[0]?.[0]?.start ?? 0, end, members });
    }
  }

  #endRecord(end: number): void {
    const isTouched = this.#start !== null && this.#start < this.#place.end && end > this.#place.start;
    const isWhole = this.#start !== null && this.#start >= this.#place.start && end <= this.#place.end;
    this.#isCut ||= isTouched && !isWhole;
    for (const [at, field] of (isWhole ? this.#fields : []).entries()) {
      const column = this.#columns[at] ?? [];
      column.push(field);
      this.#columns[at] = column;
    }
    this.#fields = [];
    this.#start = null;
  }
}

const copied = 0;
const doubled = 1;
const leftOut = 2;

function blockOf(text: string, parts: readonly number[]): BlockBuilder {
  const block = new BlockBuilder(text);
  for (let part = 0; part < parts.length; part += 3) {
    const [kind, start = 0, end = 0] = parts.slice(part, part + 3);
    if (kind === copied) {
      block.copy(start, end);
    } else if (kind === doubled) {
      block.put('"', start, end);
    } else {
      block.leaveOut("mark", start, end);
    }
  }
  return block;
}

/** Values between tabs. */
export const tsvReader: DocumentReader = {
  name: "TSV",
  atCursor: "field",
  read(source: Source, findings: Findings): Message | null {
    const { text, end: last } = source;
    const records = new Records(source);
    for (const line of linesOf(text)) {
      if (line.start > last) {
        break;
      }
      if (!findings.wants(line.start, line.end)) {
        continue;
      }
      for (const { start, end, isQuoted } of tabbedFields(text.slice(line.start, line.end))) {
        addField(text, line.start + start, line.start + end, isQuoted, findings);
        records.add(line.start + start, line.start + end, line.start + end >= line.end);
      }
    }
    records.enter(findings);
    return null;
  },
};

function addField(text: string, start: number, end: number, isQuoted: boolean, findings: Findings): void {
  const block = new BlockBuilder(text);
  if (isQuoted) {
    block.leaveOut("mark", start, start + 1);
    for (let at = start + 1; at < end - 1; ) {
      const found = text.indexOf('""', at);
      const stop = found < 0 || found >= end - 1 ? end - 1 : found;
      block.copy(at, stop);
      if (stop < end - 1) {
        block.put('"', stop, stop + 2);
      }
      at = stop + 2;
    }
    block.leaveOut("mark", end - 1, end);
  } else {
    block.copy(start, end);
  }
  findings.add(block, "field", start, end);
}
