import type { Span } from "../block";
import type { CodeLanguage, StringForm } from "./languages";

/** A comment or a string of source code; `inner` is without what opens and closes it. */
export interface Found extends Span {
  readonly kind: "line" | "block" | "string";
  readonly inner: Span;
  readonly form: StringForm | null;
  /** Where expressions stand in a string. */
  readonly holes: readonly Span[];
}

/** What may open at a place. */
type Opener =
  | { readonly kind: "line" }
  | { readonly kind: "block"; readonly open: string; readonly close: string }
  | { readonly kind: "string"; readonly form: StringForm }
  | { readonly kind: "regex" };

/** Finds comments and strings in one pass, without understanding anything else of the language. */
export class CodeScanner {
  readonly #text: string;
  readonly #nests: boolean;
  readonly #openers: readonly Opener[];
  readonly #any: RegExp;
  /** What had opened when it did not close: tried no second time from there on. */
  readonly #unclosed = new Set<string>();

  constructor(text: string, { line, block, strings, nests, hasRegex }: CodeLanguage) {
    this.#text = text;
    this.#nests = nests === true;
    const sources: string[] = [];
    const openers: Opener[] = [];
    const add = (source: string, opener: Opener): void => {
      // One capturing group for the opener and one for what it captures itself, so that they can be counted.
      sources.push(/\((?!\?)/.test(source.replace(/\\./g, "")) ? `(${source})` : `(${source})()`);
      openers.push(opener);
    };
    for (const [open, close] of block) {
      add(escaped(open), { kind: "block", open, close });
    }
    for (const source of line) {
      add(source, { kind: "line" });
    }
    for (const form of strings) {
      add(form.open, { kind: "string", form });
    }
    if (hasRegex) {
      add("/", { kind: "regex" });
    }
    this.#openers = openers;
    this.#any = new RegExp(sources.join("|"), "g");
  }

  /** All comments and strings, from the start. */
  *find(): Generator<Found> {
    for (let at = 0; ; ) {
      const opened = this.#next(at);
      if (!opened) {
        return;
      }
      const found = this.#close(opened);
      if (found && !found.form?.isSkipped && opened.opener.kind !== "regex") {
        yield found;
      }
      at = found?.end ?? opened.end;
    }
  }

  #next(at: number): { opener: Opener; group: string; start: number; end: number } | null {
    this.#any.lastIndex = at;
    const match = this.#any.exec(this.#text);
    if (!match) {
      return null;
    }
    const index = this.#openers.findIndex((_, which) => match[2 * which + 1] !== undefined);
    const opener = this.#openers[index];
    return opener
      ? { opener, group: match[2 * index + 2] ?? "", start: match.index, end: match.index + match[0].length }
      : null;
  }

  /** What was opened, with its end; `null` where it opens nothing after all. */
  #close({ opener, group, start, end }: { opener: Opener; group: string; start: number; end: number }): Found | null {
    const text = this.#text;
    switch (opener.kind) {
      case "line": {
        const found = text.indexOf("\n", end);
        const stop = found < 0 ? text.length : found - (text[found - 1] === "\r" ? 1 : 0);
        return {
          kind: "line",
          start,
          end: Math.max(end, stop),
          inner: { start: end, end: Math.max(end, stop) },
          form: null,
          holes: [],
        };
      }
      case "block": {
        const close = this.#blockEnd(end, opener.open, opener.close);
        return {
          kind: "block",
          start,
          end: Math.min(text.length, close + opener.close.length),
          inner: { start: end, end: close },
          form: null,
          holes: [],
        };
      }
      case "regex": {
        const stop = regexEnd(text, start);
        return stop === null
          ? null
          : { kind: "string", start, end: stop, inner: { start, end: stop }, form: null, holes: [] };
      }
      case "string": {
        const holes: Span[] = [];
        const close = opener.form.close.replace("$1", group);
        const stop = this.#stringEnd(opener.form, close, end, holes);
        return stop === null
          ? null
          : {
              kind: "string",
              start,
              end: stop + close.length,
              inner: { start: end, end: stop },
              form: opener.form,
              holes,
            };
      }
    }
  }

  /** Where a comment closes; the text's end where it does not. */
  #blockEnd(start: number, open: string, close: string): number {
    let depth = 1;
    for (let at = start; ; ) {
      const end = this.#text.indexOf(close, at);
      if (end < 0) {
        return this.#text.length;
      }
      const inner = this.#nests ? this.#text.slice(at, end).split(open).length - 1 : 0;
      depth += inner - 1;
      if (depth === 0) {
        return end;
      }
      at = end + close.length;
    }
  }

  /** Where a string's closing mark starts; `null` where there is none. */
  #stringEnd(form: StringForm, close: string, start: number, holes: Span[]): number | null {
    const key = `${form.open} ${close}`;
    if (this.#unclosed.has(key)) {
      return null;
    }
    const text = this.#text;
    const special = specials(form, close);
    for (let at = start; ; ) {
      special.lastIndex = at;
      const found = special.exec(text);
      if (!found || found[0] === "\n") {
        if (form.isMultiline) {
          this.#unclosed.add(key);
        }
        return null;
      }
      const mark = found[0];
      at = found.index + mark.length;
      if (mark === form.escapes.lead && mark !== form.hole?.open) {
        at += text.startsWith("\r\n", at) ? 2 : 1;
      } else if (mark === close) {
        if (!form.doubles || !text.startsWith(close, at)) {
          return found.index;
        }
        at += close.length;
      } else if (mark === form.hole?.open) {
        if (mark === "{" && text[at] === "{") {
          at++;
        } else {
          const end = this.#holeEnd(at, form.hole.close);
          holes.push({ start: found.index, end });
          at = end;
        }
      }
    }
  }

  /** Behind the brace that closes an expression in a string; strings in the expression, and expressions in those, are passed over. */
  #holeEnd(start: number, close: string): number {
    const open = close === ")" ? "(" : "{";
    const text = this.#text;
    const special = new RegExp(`[${escaped(open)}${escaped(close)}"'\`\\n]`, "g");
    let depth = 1;
    // The quotation marks that are open around the place, each with the depth of braces outside it.
    const quotes: { readonly mark: string; readonly depth: number }[] = [];
    for (let at = start; ; ) {
      special.lastIndex = at;
      const found = special.exec(text);
      if (!found) {
        return text.length;
      }
      const mark = found[0];
      at = found.index + 1;
      const quote = quotes.at(-1);
      const inQuote = quote !== undefined && quote.depth === depth;
      if (inQuote) {
        if (text[found.index - 1] === "\\" && text[found.index - 2] !== "\\") {
          continue;
        }
        if (mark === quote.mark || (mark === "\n" && quote.mark !== "`")) {
          quotes.pop();
        } else if (mark === open && quote.mark === "`" && text[found.index - 1] === "$") {
          depth++;
        }
      } else if (mark === open) {
        depth++;
      } else if (mark === close) {
        depth--;
        if (depth === 0) {
          return at;
        }
      } else if (mark !== "\n") {
        quotes.push({ mark, depth });
      }
    }
  }
}

const known = new WeakMap<StringForm, Map<string, RegExp>>();

/** Finds whatever matters inside a string. */
function specials(form: StringForm, close: string): RegExp {
  const byClose = known.get(form) ?? new Map<string, RegExp>();
  known.set(form, byClose);
  const marks = [form.hole?.open, form.escapes.lead, close, form.isMultiline ? null : "\n"];
  const made =
    byClose.get(close) ??
    new RegExp(
      marks
        .filter((mark) => typeof mark === "string")
        .map(escaped)
        .join("|"),
      "g",
    );
  byClose.set(close, made);
  return made;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll("-", "\\-");
}

/** Longer regular expressions are not looked for. */
const longestRegex = 500;

/** Words before which a solidus divides nothing. */
const beforeRegex = /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|instanceof|yield|await)$/;

/** Where the regular expression at `start` ends; `null` where the solidus divides. */
function regexEnd(text: string, start: number): number | null {
  const before = text.slice(Math.max(0, start - 100), start).trimEnd();
  const last = before.at(-1) ?? "";
  if (/[\w$)\]}]/.test(last) && !beforeRegex.test(before)) {
    return null;
  }
  const form = /^\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/;
  const found = form.exec(text.slice(start, start + longestRegex));
  return found ? start + found[0].length : null;
}
