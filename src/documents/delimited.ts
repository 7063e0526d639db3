import { DelimitedScanner, separatorOf, tabbedFields } from "../common/delimited";
import { type Message, message } from "../common/message";
import { BlockBuilder } from "./block";
import { linesOf } from "./lines";
import type { DocumentReader, Findings, Source } from "./reader";

/** Values between commas, as RFC 4180 has them, or between semicolons or tabs where the first line has no comma. */
export const csvReader: DocumentReader = {
  name: "CSV",
  atCursor: "field",
  read({ text, end: last }: Source, findings: Findings): Message | null {
    let start = 0;
    let column = 0;
    let record: { name: string; start: number }[] = [];
    // Most fields are not asked for, so that what they are made of is only noted: where a part starts and ends, and whether it is a mark.
    const parts: number[] = [];
    const scanner = new DelimitedScanner(separatorOf(text, true) ?? ",", {
      text: (_, from, to) => parts.push(copied, from, to),
      mark: (kind, at) => parts.push(kind === "doubled" ? doubled : leftOut, at, kind === "doubled" ? at + 2 : at + 1),
      fieldEnd: (end, isLast) => {
        if (findings.wants(start, end)) {
          findings.add(blockOf(text, parts), "field", start, end);
          record.push({ name: `${column}`, start });
        }
        column = isLast ? 0 : column + 1;
        if (isLast) {
          findings.enter(record);
          record = [];
        }
        parts.length = 0;
        start = end + 1;
      },
    });
    scanner.push(text, last);
    if (start <= last && !scanner.end()) {
      return message("A quotation mark in the record on line {0} is never closed.", scanner.recordLine);
    }
    findings.enter(record);
    return null;
  },
};

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
  read({ text, end: last }: Source, findings: Findings): Message | null {
    for (const line of linesOf(text)) {
      if (line.start > last) {
        break;
      }
      if (!findings.wants(line.start, line.end)) {
        continue;
      }
      const record = [...tabbedFields(text.slice(line.start, line.end))].map(({ start, end, isQuoted }, column) => {
        addField(text, line.start + start, line.start + end, isQuoted, findings);
        return { name: `${column}`, start: line.start + start };
      });
      findings.enter(record);
    }
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
