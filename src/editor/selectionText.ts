import { trimSpan } from "./paint";
import type { Span } from "./trackedRange";

/** What stands for "the text at the cursor" in a kind of document. */
export type TextKind = "prose" | "csv" | "tsv" | "cell" | "lines";

/** The kind of a document, from its language and its path (both may be anything). */
export function textKind(languageId: string, path: string, isNotebookCell: boolean): TextKind {
  if (isNotebookCell) {
    return "cell";
  }
  if (/^(csv|tsv)$/.test(languageId)) {
    return languageId === "csv" ? "csv" : "tsv";
  }
  if (/\.csv$/i.test(path)) {
    return "csv";
  }
  if (/\.(tsv|tab)$/i.test(path)) {
    return "tsv";
  }
  return /^(markdown|plaintext|latex|restructuredtext|asciidoc|mdx|git-commit)$/.test(languageId) ? "prose" : "lines";
}

const leadingMark = /^\s*(?:>\s*)*(?:#{1,6}\s+|[-*+]\s+|\d{1,9}[.)]\s+)?/;

/** Whether a line starts a block of its own, so that a sentence does not run on from the line before. */
function startsBlock(line: string): boolean {
  return /^\s*(?:>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\||```|~~~|={3,}$|-{3,}$)/.test(line);
}

/** The sentence at `offset` of a paragraph, without Markdown's leading marks and outer white space. Offsets are relative to `paragraph`. */
export function sentenceAt(paragraph: string, offset: number): Span {
  const mark = leadingMark.exec(paragraph)?.[0].length ?? 0;
  const body = paragraph.slice(mark).replace(/[\r\n]/g, " ");
  const whole = trimSpan(paragraph, { start: mark, end: paragraph.length }) ?? { start: mark, end: mark };
  let result: Span = whole;
  for (const { index, segment } of new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(body)) {
    const span = trimSpan(paragraph, { start: mark + index, end: mark + index + segment.length });
    if (span) {
      result = span;
    }
    if (mark + index + segment.length > offset) {
      break;
    }
  }
  return result;
}

/** The lines of the paragraph around `line`: up to a blank line or the start of another block; the last line is inclusive. */
export function paragraphLines(
  lineAt: (line: number) => string,
  lineCount: number,
  line: number,
): { first: number; last: number } {
  const reach = 200;
  let first = line;
  while (first > 0 && line - first < reach && !startsBlock(lineAt(first)) && lineAt(first - 1).trim() !== "") {
    if (/^\s*(?:#{1,6}\s|\||```|~~~)/.test(lineAt(first - 1))) {
      break;
    }
    first -= 1;
  }
  let last = line;
  const alone = /^\s*(?:#{1,6}\s|\|)/.test(lineAt(line));
  while (!alone && last + 1 < lineCount && last - line < reach) {
    const next = lineAt(last + 1);
    if (next.trim() === "" || startsBlock(next)) {
      break;
    }
    last += 1;
  }
  return { first, last };
}

/**
 * The field at `offset` of one line of separated values, without its quotation marks; between commas it may hold some, and may go on in the next
 * line. Between tabs a quotation mark is text unless another one ends the field.
 */
export function fieldAt(line: string, offset: number, separator: "," | "\t"): Span {
  const [opened, content] =
    separator === "," ? [/^\s*"(?:[^"]|"")*/, /^\s*"((?:[^"]|"")*)"?\s*$/d] : [/^/, /^"((?:[^"]|"")*)"$/d];
  for (let start = 0; ; ) {
    const length = opened.exec(line.slice(start))?.[0].length ?? 0;
    const next = line.indexOf(separator, start + length);
    const end = next < 0 ? line.length : next;
    if (offset <= end || next < 0) {
      const [from, to] = content.exec(line.slice(start, end))?.indices?.[1] ?? [0, end - start];
      return trimSpan(line, { start: start + from, end: start + to }) ?? { start: start + from, end: start + from };
    }
    start = end + 1;
  }
}
