import type { Piece } from "../common/reading";
import { BlockBuilder, type Span } from "./block";
import { linesOf, paragraphBefore } from "./lines";
import type { DocumentReader, Findings } from "./reader";
import { addInline } from "./restructuredInline";

/** reStructuredText: prose without marks, directives and literal blocks; tables cell by cell. */
export const restructuredTextReader: DocumentReader = {
  name: "reStructuredText",
  atCursor: "sentence",
  read({ text, start: first, end: last }, findings) {
    const lines: Line[] = [];
    const reader = new RestReader(text, findings);
    for (const { start, end } of linesOf(text, paragraphBefore(text, first))) {
      const content = text.slice(start, end);
      const indent = content.trim() === "" ? null : (/^\s*/.exec(content)?.[0].length ?? 0);
      if (indent !== null) {
        lines.push({ start, end, indent });
      } else if (lines.length > 0) {
        reader.group(lines.splice(0));
        if (start > last || findings.isFull) {
          return null;
        }
      }
    }
    reader.group(lines);
    return null;
  },
};

interface Line extends Span {
  readonly indent: number;
}

/** Directives whose body is prose. */
const prose =
  /^(?:note|warning|tip|hint|important|caution|danger|attention|error|admonition|topic|sidebar|epigraph|pull-quote|versionadded|versionchanged|deprecated|seealso|replace|rubric)$/;
/** Directives whose line is no prose, but whose body is. */
const bodies =
  /^(?:[\w-]+:)?(?:list-table|container|only|tabs?|dropdown|details|function|class|method|attribute|data|module|exception|describe|object|option|envvar|confval|property|decorator)$/;
const ruler = /^([!-/:-@[-`{-~])\1{2,}\s*$/;
const bullet = /^(?:\*[ ]+(?=- ))?(?:[-*+•]|(?:\d{1,4}|#|[a-zA-Z]|[ivxlc]{1,6})[.)]|\((?:\d{1,4}|#|[a-zA-Z])\))[ \t]+/;

/** Reads lines between blank ones, and remembers what goes on over those. */
class RestReader {
  readonly #text: string;
  readonly #findings: Findings;
  /** Lines that are moved in more than this belong to something that is no prose. */
  #silentIndent = -1;

  constructor(text: string, findings: Findings) {
    this.#text = text;
    this.#findings = findings;
  }

  group(lines: Line[]): void {
    for (let at = 0; at < lines.length && !this.#findings.isFull; ) {
      at = this.#next(lines, at);
    }
  }

  /** Reads one block that starts at a line, and returns the line after it. */
  #next(lines: readonly Line[], at: number): number {
    const line = lines[at];
    if (!line) {
      return lines.length;
    }
    if (this.#silentIndent >= 0 && line.indent > this.#silentIndent) {
      return this.#silent(lines, at);
    }
    this.#silentIndent = -1;
    const content = this.#text.slice(line.start + line.indent, line.end);
    if (/^\.\.(?:\s|$)/.test(content)) {
      return this.#explicit(lines, at, content);
    }
    if (/^>>> /.test(content)) {
      this.#leaveOutRest(lines, at);
      return lines.length;
    }
    if (/^\+(?:[-=]+\+)+\s*$/.test(content)) {
      return this.#gridTable(lines, at);
    }
    if (/^={2,}(?:[ \t]+={2,})+\s*$/.test(content)) {
      return this.#simpleTable(lines, at, content);
    }
    const below = lines[at + 1];
    if (ruler.test(content)) {
      this.#findings.leaveOut("mark", line.start, line.end);
      return at + 1;
    }
    if (below && ruler.test(this.#text.slice(below.start, below.end))) {
      this.#paragraph([line], "heading", 0);
      return at + 1;
    }
    return this.#body(lines, at, content);
  }

  /** A paragraph or a list item: up to the next item, or to lines that are moved in another way. */
  #body(lines: readonly Line[], at: number, content: string): number {
    const mark =
      bullet.exec(content)?.[0].length ?? /^(?::[\w -]{1,60}:|\|)(?:[ \t]+|$)/.exec(content)?.[0].length ?? 0;
    const line = lines[at];
    const isItem = mark > 0;
    // The first item of a row of a table that is written as lists in a list.
    const indent = (line?.indent ?? 0) + (/^\*[ ]+(?=- )/.exec(content)?.[0].length ?? 0);
    let end = at + 1;
    for (let next = lines[end]; next; next = lines[++end]) {
      const text = this.#text.slice(next.start + next.indent, next.end);
      const startsItem =
        bullet.test(text) && (isItem || next.indent !== line?.indent) ? next.indent <= indent || !isItem : false;
      if (
        startsItem ||
        (isItem && next.indent <= indent) ||
        /^\|[ \t]/.test(text) ||
        ruler.test(text) ||
        /^\.\. /.test(text)
      ) {
        break;
      }
    }
    const taken = lines.slice(at, end);
    const last = taken.at(-1);
    const opensLiteral = last !== undefined && this.#text.slice(last.start, last.end).trimEnd().endsWith("::");
    this.#paragraph(taken, isItem ? "listItem" : "paragraph", mark);
    this.#silentIndent = opensLiteral ? (line?.indent ?? 0) : -1;
    return end;
  }

  /** What two dots start: a directive, a comment, a target or a footnote. */
  #explicit(lines: readonly Line[], at: number, content: string): number {
    const line = lines[at];
    const directive = /^\.\.\s+(?:\|[^|]+\|\s+)?([\w:-]+?)::(?:\s+|$)/.exec(content);
    const footnote = /^\.\.\s+\[[^\]]+\]\s+/.exec(content);
    if (!line) {
      return lines.length;
    }
    if (footnote || (directive && prose.test(directive[1] ?? ""))) {
      const mark = (footnote ?? directive)?.[0].length ?? 0;
      this.#findings.leaveOut(directive ? "directive" : "mark", line.start, line.start + line.indent + mark);
      let end = at + 1;
      while ((lines[end]?.indent ?? -1) > line.indent) {
        end++;
      }
      this.#paragraph(
        lines.slice(at, end).filter((one) => !this.#isOption(one)),
        "paragraph",
        mark,
      );
      return end;
    }
    if (directive && bodies.test(directive[1] ?? "")) {
      let end = at + 1;
      for (let next = lines[end]; next && next.indent > line.indent && this.#isOption(next); next = lines[++end]) {}
      this.#findings.leaveOut("directive", line.start, lines[end - 1]?.end ?? line.end);
      return end;
    }
    this.#findings.leaveOut(
      directive ? "directive" : /^\.\.\s+_/.test(content) ? "linkAddress" : "comment",
      line.start,
      line.end,
    );
    this.#silentIndent = line.indent;
    return at + 1;
  }

  #isOption({ start, end, indent }: Line): boolean {
    return /^:[\w-]+:(?:\s|$)/.test(this.#text.slice(start + indent, end));
  }

  #silent(lines: readonly Line[], at: number): number {
    let end = at;
    while ((lines[end]?.indent ?? -1) > this.#silentIndent) {
      end++;
    }
    this.#leaveOutRest(lines.slice(0, end), at);
    return end;
  }

  #leaveOutRest(lines: readonly Line[], at: number): void {
    const first = lines[at];
    const last = lines.at(-1);
    if (first && last) {
      this.#findings.leaveOut("codeBlock", first.start, last.end);
    }
  }

  #gridTable(lines: readonly Line[], at: number): number {
    let end = at;
    while (/^\s*[+|]/.test(this.#text.slice(lines[end]?.start ?? 0, lines[end]?.end ?? 0)) && end < lines.length) {
      end++;
    }
    let rows: Line[] = [];
    for (const line of lines.slice(at, end)) {
      const content = this.#text.slice(line.start, line.end);
      if (!/^\s*\+[-=+]+\+\s*$/.test(content)) {
        rows.push(line);
        continue;
      }
      const first = rows[0];
      const bars = first
        ? [...this.#text.slice(first.start, first.end).matchAll(/[|+]/g)].map(({ index }) => index)
        : [];
      this.#cells(
        rows,
        bars.slice(0, -1).map((bar, index) => ({ start: bar + 1, end: bars[index + 1] ?? bar })),
      );
      rows = [];
    }
    return Math.max(end, at + 1);
  }

  #simpleTable(lines: readonly Line[], at: number, head: string): number {
    const columns = [...head.matchAll(/=+/g)].map(({ index, 0: { length } }) => ({
      start: index,
      end: index + length,
    }));
    let end = at + 1;
    for (; end < lines.length; end++) {
      const line = lines[end];
      if (line && !/^\s*=[= ]*$/.test(this.#text.slice(line.start, line.end))) {
        const last = columns.length - 1;
        const shift = lines[at]?.indent ?? 0;
        this.#cells(
          [line],
          columns.map(({ start, end: stop }, index) => ({
            start: start + shift,
            end: index === last ? line.end - line.start : stop + shift,
          })),
        );
      }
    }
    return end;
  }

  /** The cells of one row of a table, each with all of its lines. */
  #cells(rows: readonly Line[], columns: readonly Span[]): void {
    for (const { start, end } of columns) {
      const block = new BlockBuilder(this.#text);
      for (const line of rows) {
        addInline(
          this.#text,
          { start: Math.min(line.end, line.start + start), end: Math.min(line.end, line.start + end) },
          block,
        );
        block.gap(" ");
      }
      const [first] = rows;
      const last = rows.at(-1);
      if (first && last) {
        this.#findings.add(block, "cell", first.start + start, last.start + end);
      }
    }
  }

  #paragraph(lines: readonly Line[], piece: Piece, mark: number): void {
    const [first] = lines;
    const last = lines.at(-1);
    if (!first || !last || !this.#findings.wants(first.start, last.end)) {
      return;
    }
    const block = new BlockBuilder(this.#text);
    const start = first.start + first.indent + mark;
    if (mark > 0) {
      block.leaveOut("mark", first.start, start);
    }
    addInline(this.#text, { start: Math.min(start, last.end), end: last.end }, block);
    this.#findings.add(block, piece, first.start, last.end);
  }
}
