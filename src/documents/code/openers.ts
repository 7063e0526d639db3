import type { CodeLanguage, StringForm } from "./forms";

/** What may open at a place. */
export type Opener =
  | { readonly kind: "line" | "regex" | "passed" | "heredoc" | "element" }
  | { readonly kind: "block"; readonly open: string; readonly close: string }
  | { readonly kind: "string"; readonly form: StringForm };

/** What opens at a place, with what its expression captured; or without an opener a bracket or a line end. */
export interface Opened {
  readonly opener: Opener | null;
  readonly group: string;
  readonly mark: string;
  readonly start: number;
  readonly end: number;
}

/** Finds whatever opens in a language. */
export class Openers {
  readonly #openers: Opener[] = [];
  readonly #sources: string[] = [];
  /** Which capturing group is each opener's own; what it captures itself is the next. */
  readonly #groups: number[] = [];
  #groupCount = 0;
  readonly #patterns = new Map<string, RegExp>();

  constructor({ passed, block, line, strings, hasRegex, hasElements, heredoc }: CodeLanguage) {
    for (const source of passed ?? []) {
      this.#add(source, { kind: "passed" });
    }
    for (const [open, close] of block) {
      this.#add(escaped(open), { kind: "block", open, close });
    }
    for (const form of strings.filter(({ isComment }) => isComment)) {
      this.#add(form.open, { kind: "string", form });
    }
    for (const source of line) {
      this.#add(source, { kind: "line" });
    }
    for (const form of strings.filter(({ isComment }) => !isComment)) {
      this.#add(form.open, { kind: "string", form });
    }
    if (hasRegex) {
      this.#add("/", { kind: "regex" });
    }
    if (hasElements) {
      this.#add("<(?=[\\w$>])", { kind: "element" });
    }
    if (heredoc) {
      this.#add("<<", { kind: "heredoc" });
    }
  }

  /** What opens first from a place on; in an expression that `close` ends, brackets and line ends are found too. */
  next(text: string, at: number, close: string): Opened | null {
    const pattern = this.#pattern(close);
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) {
      return null;
    }
    let index = 0;
    while (index < this.#openers.length && match[this.#groups[index] ?? 0] === undefined) {
      index++;
    }
    const mark = match[0];
    const opener = this.#openers[index] ?? null;
    const captured = opener?.kind === "string" && opener.form.close.includes("$1");
    const group = captured ? (match[(this.#groups[index] ?? 0) + 1] ?? "") : "";
    return { opener, group, mark, start: match.index, end: match.index + mark.length };
  }

  #add(source: string, opener: Opener): void {
    this.#groups.push(this.#groupCount + 1);
    const groups = source.replace(/\\./g, "").replace(/\[[^\]]*\]/g, "");
    this.#groupCount += 1 + (groups.match(/\((?!\?)/g)?.length ?? 0);
    this.#sources.push(`(${source})`);
    this.#openers.push(opener);
  }

  #pattern(close: string): RegExp {
    const brackets = close === "" ? [] : [close.endsWith(")") ? "[()\\n]" : "[{}\\n]"];
    const made = this.#patterns.get(close) ?? new RegExp([...this.#sources, ...brackets].join("|"), "g");
    this.#patterns.set(close, made);
    return made;
  }
}

const known = new WeakMap<StringForm, Map<string, RegExp>>();

/** Finds whatever matters inside a string. */
export function specials(form: StringForm, close: string): RegExp {
  const byClose = known.get(form) ?? new Map<string, RegExp>();
  known.set(form, byClose);
  const marks = [
    ...(form.holes ?? []).map(({ open }) => open),
    form.escapes.lead,
    close,
    form.isMultiline ? null : "\n",
  ];
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
