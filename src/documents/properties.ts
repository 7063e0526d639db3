import type { Message } from "../common/message";
import { BlockBuilder, type Span } from "./block";
import { addEscape, cEscapes, type Escapes, noEscapes } from "./escapes";
import { linesOf } from "./lines";
import type { DocumentReader, Findings, Source } from "./reader";

/** Settings files: the values, without their keys, and the comments. */
export const iniReader: DocumentReader = {
  name: "INI",
  atCursor: "valueOfLine",
  read: (source, findings) => read(source, findings, /^[^=:]*[=:]/, noEscapes),
};

/** Java's properties files, whose values have escapes and go on in the next line behind a reverse solidus. */
export const propertiesReader: DocumentReader = {
  name: "properties",
  atCursor: "valueOfLine",
  read: (source, findings) => read(source, findings, /^(?:[^\\=: \t]|\\.|\\$)*(?:[ \t]*[=:]|[ \t]+)/, cEscapes),
};

/** Numbers and truth values. */
const noText = /^(?:[-+]?\d+(?:\.\d+)?|true|false|yes|no|on|off)$/i;

function read({ text, end: last }: Source, findings: Findings, separator: RegExp, escapes: Escapes): Message | null {
  let comment: Span[] = [];
  let logical: Span[] = [];
  for (const line of linesOf(text)) {
    const content = text.slice(line.start, line.end);
    const isComment = logical.length === 0 && /^[ \t]*[;#!]/.test(content);
    if (!isComment) {
      addComment(text, comment, findings);
      comment = [];
    }
    if (line.start > last && logical.length === 0 && comment.length === 0) {
      break;
    }
    if (isComment) {
      comment.push(line);
      continue;
    }
    logical.push(line);
    const goesOn = escapes.lead !== null && (/\\*$/.exec(content)?.[0].length ?? 0) % 2 === 1;
    if (!goesOn) {
      addEntry(text, logical, findings, separator, escapes);
      logical = [];
    }
  }
  addEntry(text, logical, findings, separator, escapes);
  addComment(text, comment, findings);
  return null;
}

function addComment(text: string, lines: readonly Span[], findings: Findings): void {
  const block = new BlockBuilder(text);
  for (const { start, end } of lines) {
    const mark = /^[ \t]*[;#!]+/.exec(text.slice(start, end))?.[0].length ?? 0;
    block.leaveOut("mark", start, start + mark);
    block.gap(" ");
    block.words(start + mark, end);
  }
  findings.add(block, "comment", lines[0]?.start ?? 0, lines.at(-1)?.end ?? 0);
}

function addEntry(text: string, lines: readonly Span[], findings: Findings, separator: RegExp, escapes: Escapes): void {
  const [first] = lines;
  const last = lines.at(-1);
  if (!first || !last || !findings.wants(first.start, last.end)) {
    return;
  }
  const content = text.slice(first.start, first.end);
  const lead = /^[ \t]*/.exec(content)?.[0].length ?? 0;
  const found = content[lead] === "[" ? null : separator.exec(content.slice(lead));
  if (!found) {
    findings.leaveOut("key", first.start, last.end);
    return;
  }
  const key = lead + found[0].length;
  const start = first.start + key + (/^[ \t]*/.exec(content.slice(key))?.[0].length ?? 0);
  findings.leaveOut("key", first.start, start);
  if (noText.test(text.slice(start, last.end).trim())) {
    findings.leaveOut("number", start, last.end);
    return;
  }
  const block = new BlockBuilder(text);
  addValue(text, { start, end: last.end }, block, escapes);
  findings.add(block, "value", start, last.end);
}

/** A value without the quotation marks around it, its escapes resolved. */
function addValue(text: string, { start, end }: Span, block: BlockBuilder, escapes: Escapes): void {
  if (escapes.lead === null) {
    const marks = /^(["']).*\1[ \t]*$/.test(text.slice(start, end)) ? 1 : 0;
    if (marks > 0) {
      block.leaveOut("mark", start, start + marks);
    }
    block.copy(start + marks, start + text.slice(start, end).trimEnd().length - marks);
    return;
  }
  const inside = text.slice(0, end);
  for (let at = start; at < end; ) {
    const found = inside.indexOf("\\", at);
    const stop = found < 0 ? end : found;
    block.copy(at, stop);
    at = stop < end ? addEscape(text, stop, end, { ...escapes, joinsLines: "white" }, block) : end;
  }
}
