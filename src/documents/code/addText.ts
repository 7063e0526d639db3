import { decodeHTML } from "entities";
import type { BlockBuilder, Span } from "../block";
import { addEscape } from "../escapes";
import { linesOf } from "../lines";
import type { StringForm } from "./forms";

/** What starts a line of the text, and is not joined to the line before: an item, a tag. */
const startsLine = /^\s*(?:[@\\:]\w|[-*•] |\d{1,3}[.)] )/;
const rule = /^[\s\-=*#/_~+]*$/;

/** Tells code that stands in a comment from its text: between fences, or behind the marks of an interpreter with what it answers. */
export class CommentCode {
  readonly #text: string;
  readonly #block: BlockBuilder;
  #inside: "fence" | "session" | null = null;

  constructor(text: string, block: BlockBuilder) {
    this.#text = text;
    this.#block = block;
  }

  /** Whether a line is left out. */
  leavesOut({ start, end }: Span): boolean {
    const line = this.#text.slice(start, end);
    const isFence = /^\s*(?:```|~~~)/.test(line);
    if (this.#inside === "session" && line.trim() === "") {
      this.#inside = null;
    }
    const isCode = this.#inside !== null || isFence || /^\s*>>> /.test(line);
    if (isFence) {
      this.#inside = this.#inside === "fence" ? null : "fence";
    } else if (isCode) {
      this.#inside ??= "session";
    }
    if (isCode) {
      this.#block.leaveOut("codeBlock", start, end);
      this.#block.gap("\n");
    }
    return isCode;
  }
}

/** Adds one line of a comment; a blank one, a rule, and one that starts an item or a tag start a line of the text. */
export function addCommentLine(text: string, { start, end }: Span, block: BlockBuilder, hasTags: boolean): void {
  const line = text.slice(start, end);
  if (rule.test(line)) {
    block.gap("\n");
    return;
  }
  block.gap(startsLine.test(line) ? "\n" : " ");
  let at = start;
  if (hasTags) {
    for (const { index, 0: mark } of line.matchAll(
      /<\/?([a-zA-Z]\w*)[^<>]*>|&(?:#\d{1,7}|#x[\da-fA-F]{1,6}|[a-zA-Z]{2,8});/g,
    )) {
      block.words(at, start + index);
      at = start + index + mark.length;
      if (mark.startsWith("&")) {
        block.put(decodeHTML(mark), start + index, at);
      } else {
        block.leaveOut("tag", start + index, at);
        if (/^<\/?(?:summary|param|returns|remarks|para|p|li|ul|br|exception|typeparam|value|example)\b/.test(mark)) {
          block.gap("\n");
        }
      }
    }
  }
  block.words(at, end);
}

/** Adds a string's text, its escapes resolved, its expressions left out; documentation as a comment is. */
export function addString(
  text: string,
  inner: Span,
  form: StringForm,
  holes: readonly Span[],
  block: BlockBuilder,
  isDocumentation: boolean,
): void {
  const adder = new StringAdder(text, form, holes, block, isDocumentation || form.markup === "element");
  if (isDocumentation) {
    const code = new CommentCode(text, block);
    for (const line of linesOf(text, inner.start, inner.end)) {
      if (code.leavesOut(line)) {
        continue;
      }
      const words = text.slice(line.start, line.end);
      block.gap(rule.test(words) || startsLine.test(words) ? "\n" : " ");
      if (!rule.test(words)) {
        adder.add(line);
      }
    }
    return;
  }
  const start = form.isTextBlock ? textBlockStart(text, inner) : inner.start;
  adder.indent = form.isTextBlock ? textBlockIndent(text, { start, end: inner.end }) : null;
  adder.add({ start, end: inner.end });
}

class StringAdder {
  /** How much of each line's indentation is none of the text. */
  indent: number | null = null;
  readonly #text: string;
  readonly #form: StringForm;
  readonly #holes: readonly Span[];
  readonly #block: BlockBuilder;
  readonly #folds: boolean;
  readonly #special: RegExp;
  #hole = 0;

  constructor(text: string, form: StringForm, holes: readonly Span[], block: BlockBuilder, folds: boolean) {
    this.#text = text;
    this.#form = form;
    this.#holes = holes;
    this.#block = block;
    this.#folds = folds;
    const doubles = form.holes?.some((one) => one.doubles) === true;
    const marks = [
      form.escapes.lead,
      form.doubles ? form.close : null,
      ...(doubles ? ["{{", "}}"] : []),
      form.isTextBlock ? "\n" : null,
    ];
    const sources = marks.flatMap((mark) => (mark === null ? [] : [mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")]));
    if (form.markup) {
      sources.push("&(?:#\\d{1,7}|#x[\\da-fA-F]{1,6}|[a-zA-Z]{2,31});");
    }
    this.#special = sources.length === 0 ? /(?!)/g : new RegExp(sources.join("|"), "g");
  }

  add({ start, end }: Span): void {
    // Nothing behind the string is looked through.
    const inside = this.#text.slice(0, end);
    let at = this.#behindIndent(start, end);
    while (at < end) {
      const next = this.#holes[this.#hole];
      if (next && next.end <= at) {
        this.#hole++;
        continue;
      }
      const limit = Math.min(end, next ? Math.max(at, next.start) : end);
      this.#special.lastIndex = at;
      const found = at < limit ? this.#special.exec(inside) : null;
      const stop = found && found.index < limit ? found.index : limit;
      this.#plain(at, stop);
      at = stop;
      if (stop < limit && found) {
        at = this.#mark(found[0], at, limit, end);
      } else if (next && stop === next.start) {
        this.#block.leaveOut(this.#form.markup && this.#text[stop] === "<" ? "tag" : "expression", stop, next.end);
        at = next.end;
      }
    }
  }

  #plain(start: number, end: number): void {
    if (this.#folds) {
      this.#block.words(start, end);
    } else {
      this.#block.copy(start, end);
    }
  }

  #mark(mark: string, at: number, limit: number, end: number): number {
    if (mark === "\n") {
      this.#block.copy(at, at + 1);
      return this.#behindIndent(at + 1, end);
    }
    if (mark === this.#form.escapes.lead) {
      const behind = addEscape(this.#text, at, limit, this.#form.escapes, this.#block);
      return this.#text[behind - 1] === "\n" ? this.#behindIndent(behind, end) : behind;
    }
    if (mark.startsWith("&")) {
      this.#block.put(decodeHTML(mark), at, at + mark.length);
      return at + mark.length;
    }
    // A mark that is doubled to stand for itself.
    this.#block.put(mark[0] === "{" || mark[0] === "}" ? mark.charAt(0) : mark, at, at + 2);
    return at + 2;
  }

  #behindIndent(at: number, end: number): number {
    const spaces =
      this.indent === null ? null : /^[ \t]*/.exec(this.#text.slice(at, Math.min(end, at + this.indent)))?.[0];
    return at + (spaces?.length ?? 0);
  }
}

/** Behind the line end after a text block's opening mark. */
function textBlockStart(text: string, inner: Span): number {
  const first = /^[ \t]*\n/.exec(text.slice(inner.start, inner.end))?.[0].length ?? 0;
  return inner.start + first;
}

/** The least indentation of the lines of a text block that are not blank, and of the line of its closing mark. */
function textBlockIndent(text: string, inner: Span): number {
  let least = Number.MAX_SAFE_INTEGER;
  for (const { start, end } of linesOf(text, inner.start, inner.end)) {
    const spaces = /^[ \t]*/.exec(text.slice(start, end))?.[0].length ?? 0;
    if (start + spaces < end || end === inner.end) {
      least = Math.min(least, spaces);
    }
  }
  return least === Number.MAX_SAFE_INTEGER ? 0 : least;
}
