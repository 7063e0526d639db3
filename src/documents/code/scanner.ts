import type { Span } from "../block";
import { openElement, readContent, readTag } from "./elements";
import type { CodeLanguage } from "./forms";
import type { Found } from "./found";
import { Heredocs } from "./heredocs";
import { type Opened, Openers, specials } from "./openers";
import { regexEnd } from "./regex";
import { type HoleFrame, ScanState, type StringFrame } from "./scanState";

const nothing: readonly Found[] = [];

/**
 * Finds comments and strings in one pass, without understanding anything else of the language. What opens and does not close is passed over as if
 * it were nothing, and not tried again where it could not close either, so that the time grows with the text.
 */
export class CodeScanner {
  readonly #text: string;
  readonly #language: CodeLanguage;
  readonly #openers: Openers;
  readonly #heredocs: Heredocs | null;
  readonly #state: ScanState;
  #from = 0;

  constructor(text: string, language: CodeLanguage) {
    this.#text = text;
    this.#language = language;
    this.#openers = new Openers(language);
    this.#heredocs = language.heredoc ? new Heredocs(text, language.heredoc) : null;
    this.#state = new ScanState(text.length);
  }

  /** All comments and those strings that do not end before a place, in order; what stands in a string's expressions is with it. */
  *find(from: number): Generator<Found> {
    const { startsAt } = this.#language;
    const state = this.#state;
    const start = startsAt === undefined ? 0 : Math.max(0, this.#text.indexOf(startsAt));
    this.#from = from;
    for (let at: number | null = start; at !== null; ) {
      at = this.#step(at);
      if (state.stack.length === 0 && state.done.length > 0) {
        const { done } = state;
        state.done = [];
        yield* done;
      }
    }
  }

  /** Reads on from `at`, and returns where to go on; `null` at the end. */
  #step(at: number): number | null {
    if (this.#state.isTooDeep) {
      return this.#state.abandon(0, this.#text.length);
    }
    const frame = this.#state.stack.at(-1);
    switch (frame?.kind) {
      case "string":
        return this.#inString(at, frame);
      case "tag":
        return readTag(this.#text, at, frame, this.#state);
      case "content":
        return readContent(this.#text, at, frame, this.#state);
      default:
        return this.#inCode(at, frame ?? null);
    }
  }

  #inCode(at: number, hole: HoleFrame | null): number | null {
    const opened = this.#openers.next(this.#text, at, hole?.close ?? "");
    const body = this.#heredocs?.body(opened?.start ?? this.#text.length);
    if (body) {
      for (const { inner, form, holes } of body.texts) {
        this.#state.done.push({ kind: "string", ...inner, inner, form, holes, nested: nothing });
      }
      return body.end;
    }
    if (!opened) {
      return hole ? this.#state.abandon(0, this.#text.length) : null;
    }
    return opened.opener ? this.#open(opened) : this.#bracket(opened, hole);
  }

  /** A bracket or a line end in an expression. */
  #bracket({ mark, start, end }: Opened, hole: HoleFrame | null): number {
    const { stack, done } = this.#state;
    const around = stack.at(-2);
    if (!hole) {
      return end;
    }
    if (mark === "\n") {
      const isOver = around?.kind === "string" && !around.form.isMultiline;
      return isOver ? this.#state.abandon(stack.length - 2, start) : end;
    }
    if (mark !== hole.close.at(-1)) {
      hole.depth++;
      return end;
    }
    if (hole.depth > 0) {
      hole.depth--;
      return end;
    }
    const span = {
      start: hole.start,
      end: this.#text.startsWith(hole.close, start) ? start + hole.close.length : end,
    };
    stack.pop();
    if (around?.kind === "string") {
      around.holes.push(span);
    } else if (around?.kind === "content") {
      around.run.leaveExpressionOut(span, hole.first, done);
    }
    return span.end;
  }

  #open({ opener, group, start, end }: Opened): number {
    const text = this.#text;
    const { stack, done } = this.#state;
    const hidesComments = stack.length > 0 && !this.#language.commentsInHoles;
    switch (opener?.kind) {
      case "regex":
        return regexEnd(text, start) ?? end;
      case "heredoc":
        return this.#heredocs?.announce(start) ?? end;
      case "element":
        return openElement(text, start, null, this.#state) ?? end;
      case "line": {
        const found = text.indexOf("\n", end);
        const stop = Math.max(end, found < 0 ? text.length : found);
        return hidesComments ? end : this.#comment("line", start, stop, { start: end, end: stop });
      }
      case "block": {
        if (hidesComments) {
          return end;
        }
        const close = this.#blockEnd(end, opener.open, opener.close);
        const stop = Math.min(text.length, close + opener.close.length);
        return this.#comment("block", start, stop, { start: end, end: close });
      }
      case "string": {
        const { form } = opener;
        const close = form.close.replaceAll("$1", () => group);
        if (this.#state.mayClose(form, close, start)) {
          stack.push({ kind: "string", form, close, start, resume: end, first: done.length, holes: [] });
        }
        return end;
      }
      default:
        return end;
    }
  }

  #comment(kind: "line" | "block", start: number, end: number, inner: Span): number {
    this.#state.done.push({ kind, start, end, inner, form: null, holes: [], nested: nothing });
    return end;
  }

  /** Where a comment closes; the text's end where it does not. */
  #blockEnd(start: number, open: string, close: string): number {
    let depth = 1;
    for (let at = start; ; ) {
      const end = this.#text.indexOf(close, at);
      if (end < 0) {
        return this.#text.length;
      }
      const inner = this.#language.nests ? this.#text.slice(at, end).split(open).length - 1 : 0;
      depth += inner - 1;
      if (depth === 0) {
        return end;
      }
      at = end + close.length;
    }
  }

  #inString(at: number, frame: StringFrame): number {
    const { form, close } = frame;
    const text = this.#text;
    const special = specials(form, close);
    special.lastIndex = at;
    const found = special.exec(text);
    if (!found && form.reachesEnd) {
      this.#state.stack.pop();
      return text.length;
    }
    if (!found || found[0] === "\n") {
      return this.#state.abandon(this.#state.stack.length - 1, found?.index ?? text.length);
    }
    const mark = found[0];
    const end = found.index + mark.length;
    const hole = form.holes?.find(({ open }) => open === mark);
    if (hole?.doubles && text.startsWith(mark, end)) {
      return end + mark.length;
    }
    if (hole) {
      this.#state.openHole(hole.close, found.index, end);
      return end;
    }
    if (mark !== close) {
      return this.#escapeEnd(end, frame);
    }
    if (form.doubles && text.startsWith(close, end)) {
      return end + close.length;
    }
    this.#closeString(frame, { start: frame.resume, end: found.index }, end);
    return end;
  }

  /** Behind the character that is escaped; the braces of a named one are no expression. */
  #escapeEnd(at: number, { form }: StringFrame): number {
    const name = /N\{[^{}\n]{0,100}\}/y;
    name.lastIndex = at;
    if (form.holes?.some(({ doubles }) => doubles) && name.test(this.#text)) {
      return name.lastIndex;
    }
    return at + 1;
  }

  #closeString({ form, start, first, holes }: StringFrame, inner: Span, end: number): void {
    const { stack, done } = this.#state;
    stack.pop();
    const nested = done.length > first ? done.splice(first) : nothing;
    if (!form.isSkipped && (end >= this.#from || form.isComment || stack.length > 0)) {
      done.push({ kind: form.isComment ? "block" : "string", start, end, inner, form, holes, nested });
    }
  }
}
