import { type Message, message } from "../common/message";
import { BlockBuilder } from "./block";
import type { DocumentReader, Findings, Source } from "./reader";

/** Values between commas, as RFC 4180 has them. */
export const csvReader: DocumentReader = {
  name: "CSV",
  atCursor: "field",
  read: (source, findings) => readFields(source, findings, ","),
};

/** Values between tabs: quotation marks are text, except around a whole field in which every other one is doubled. */
export const tsvReader: DocumentReader = {
  name: "TSV",
  atCursor: "field",
  read: (source, findings) => readFields(source, findings, "\t"),
};

function readFields({ text, end: last }: Source, findings: Findings, separator: "," | "\t"): Message | null {
  const plain = separator === "," ? /[^,\r\n]*/y : /[^\t\r\n]*/y;
  let line = 1;
  for (let at = 0; at <= Math.min(text.length, last); ) {
    const start = at;
    const close = text[at] === '"' ? closingMark(text, at + 1, separator) : null;
    if (close !== null && close < 0) {
      return message("The quotation mark on line {0} is never closed.", line);
    }
    const rest = close === null ? start : close + 1;
    plain.lastIndex = rest;
    plain.test(text);
    at = plain.lastIndex;
    if (findings.wants(start, at)) {
      addField(text, { start, close, rest, end: at }, findings);
    }
    line += text.slice(start, at).match(/\n/g)?.length ?? 0;
    line += /[\r\n]/.test(text[at] ?? "") ? 1 : 0;
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
  return null;
}

/** Where the quotation mark stands that closes a field; -1 where none does, `null` where the field is not in quotation marks after all. */
function closingMark(text: string, start: number, separator: "," | "\t"): number | null {
  const lineEnd = /[\t\r\n]|$/g;
  lineEnd.lastIndex = start;
  const limit = separator === "," ? text.length : (lineEnd.exec(text)?.index ?? text.length);
  for (let at = start; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || at >= limit) {
      return separator === "," ? -1 : null;
    }
    if (text[at + 1] !== '"' || at + 1 >= limit) {
      return separator === "," || at + 1 === limit ? at : null;
    }
  }
}

interface Field {
  readonly start: number;
  /** The closing quotation mark, if there is one. */
  readonly close: number | null;
  /** Where what follows the quotation marks starts. */
  readonly rest: number;
  readonly end: number;
}

function addField(text: string, { start, close, rest, end }: Field, findings: Findings): void {
  const block = new BlockBuilder(text);
  if (close !== null) {
    block.leaveOut("mark", start, start + 1);
    const inside = text.slice(0, close);
    for (let at = start + 1; at < close; ) {
      const found = inside.indexOf('""', at);
      const stop = found < 0 ? close : found;
      block.copy(at, stop);
      if (stop < close) {
        block.put('"', stop, stop + 2);
      }
      at = stop + 2;
    }
    block.leaveOut("mark", close, close + 1);
  }
  block.copy(rest, end);
  findings.add(block, "field", start, end);
}
