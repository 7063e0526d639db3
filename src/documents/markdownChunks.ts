import type { Span } from "./block";

/** A stretch of a Markdown document that reads the same without the rest. */
export interface Chunk extends Span {
  readonly isFrontMatter: boolean;
}

const fence = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})/;
/** What starts a block that blank lines do not end, and what ends it. */
const verbatim: readonly (readonly [RegExp, RegExp])[] = [
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^ {0,3}<\?/, /\?>/],
];

/** YAML between lines of hyphens, or TOML between lines of plus signs. */
const frontMatter = /^(?:---[ \t]*\n(?:[^\n]*\n)*?(?:---|\.\.\.)|\+\+\+[ \t]*\n(?:[^\n]*\n)*?\+\+\+)[ \t]*(?:\n|$)/;

/** Cuts a document before every line without indentation that follows a blank one, outside code and HTML that go on over blank lines. */
export function* markdownChunks(text: string): Generator<Chunk> {
  let start = 0;
  const front = frontMatter.exec(text)?.[0];
  if (front !== undefined) {
    yield { start: 0, end: front.length, isFrontMatter: true };
    start = front.length;
  }
  let closes: RegExp | null = null;
  let afterBlank = false;
  for (let at = start; at < text.length; ) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found + 1;
    const line = text.slice(at, end);
    if (closes) {
      closes = closes.test(line) ? null : closes;
      afterBlank = false;
    } else {
      if (afterBlank && /^\S/.test(line) && at > start) {
        yield { start, end: at, isFrontMatter: false };
        start = at;
      }
      afterBlank = line.trim() === "";
      closes = opened(line);
    }
    at = end;
  }
  if (start < text.length) {
    yield { start, end: text.length, isFrontMatter: false };
  }
}

/** What ends the block that a line starts, if blank lines do not. */
function opened(line: string): RegExp | null {
  const marks = fence.exec(line)?.[1];
  if (marks !== undefined) {
    return new RegExp(`^[ \\t]*${marks[0] === "~" ? "~" : "`"}{${marks.length},}[ \\t]*\\n?$`);
  }
  const found = verbatim.find(([opens]) => opens.test(line));
  return found && !found[1].test(line.replace(found[0], "")) ? found[1] : null;
}
