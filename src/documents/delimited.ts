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
    let block = new BlockBuilder(text);
    const scanner = new DelimitedScanner(separatorOf(text, true) ?? ",", {
      text: (piece, from) => block.copy(from, from + piece.length),
      mark: (kind, at) => {
        if (kind === "doubled") {
          block.put('"', at, at + 2);
        } else {
          block.leaveOut("mark", at, at + 1);
        }
      },
      fieldEnd: (end) => {
        findings.add(block, "field", start, end);
        block = new BlockBuilder(text);
        start = end + (text.startsWith("\r\n", end) ? 2 : 1);
      },
    });
    scanner.push(text, last);
    return start > last || scanner.end()
      ? null
      : message("A quotation mark in the record on line {0} is never closed.", scanner.recordLine);
  },
};

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
      for (const { start, end, isQuoted } of tabbedFields(text.slice(line.start, line.end))) {
        addField(text, line.start + start, line.start + end, isQuoted, findings);
      }
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
