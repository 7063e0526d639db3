import { unsupportedTokenizer } from "./json";
import { characterSet, emptySet, readClass } from "./onigClass";
import { type OnigReader, onigWordClass, openReader } from "./onigReader";

/** A translated part of an expression. */
interface Fragment {
  readonly source: string;
  /** How many different lengths it may repeat itself to; large for `+` and `*`. */
  readonly repeats: number;
}

/** Outside a class `\w` also matches the superscript digits and fractions of Latin-1. */
const bareWord = `[${onigWordClass}\\xb2\\xb3\\xb9\\xbc-\\xbe]`;

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly insideLookBehind: boolean;
}

/** A repeat that may stop at more than this many lengths must not hold another such repeat: matching could take for ever. */
const looseRepeat = 16;

/** How deep groups may be nested. */
const deepest = 64;

/**
 * Translates an expression of the Oniguruma library (Ruby syntax), as tokenizers use them, to JavaScript with the flags `g` and `v`.
 * Throws `tokenizer-unsupported`, naming the construct, for what has no equivalent or could take for ever to match.
 */
export function translateOnigRegex(source: string): RegExp {
  const translator = new Translator(openReader(source));
  const body = translator.translate();
  try {
    return new RegExp(body, "gv");
  } catch {
    throw unsupportedTokenizer(`the regular expression ${source}`);
  }
}

class Translator {
  private atomicGroups = 0;
  private depth = 0;

  constructor(private readonly reader: OnigReader) {}

  translate(): string {
    const { source } = this.alternatives({ ignoreCase: false, dotAll: false, insideLookBehind: false });
    if (!this.reader.atEnd()) {
      throw unsupportedTokenizer(`a regular expression with an unmatched ${this.reader.peek()}`);
    }
    return source;
  }

  private alternatives(flags: Flags): Fragment {
    let current = flags;
    const options: string[] = [];
    let parts: string[] = [];
    let repeats = 0;
    const { reader } = this;
    while (!reader.atEnd() && reader.peek() !== ")") {
      if (reader.take("|")) {
        options.push(parts.join(""));
        parts = [];
        continue;
      }
      const switched = this.inlineFlags(current);
      if (switched) {
        current = switched;
        continue;
      }
      const part = this.quantified(current);
      parts.push(part.source);
      repeats = Math.max(repeats, part.repeats);
    }
    options.push(parts.join(""));
    return { source: options.join("|"), repeats };
  }

  /** `(?i)`, which holds until the end of the group. */
  private inlineFlags(flags: Flags): Flags | null {
    const match = this.reader.takeMatch(/\(\?([imx]*)(?:-([imx]+))?\)/y);
    return match ? this.withFlags(flags, match[1] ?? "", match[2] ?? "") : null;
  }

  private withFlags(flags: Flags, on: string, off: string): Flags {
    if (on.includes("x")) {
      throw unsupportedTokenizer("a regular expression in extended form");
    }
    return {
      ...flags,
      ignoreCase: (flags.ignoreCase || on.includes("i")) && !off.includes("i"),
      dotAll: (flags.dotAll || on.includes("m")) && !off.includes("m"),
    };
  }

  private quantified(flags: Flags): Fragment {
    let atom = this.atom(flags);
    for (;;) {
      const quantifier = this.quantifier();
      if (!quantifier) {
        return atom;
      }
      const { least, most, text, mode } = quantifier;
      const repeats = most - least;
      if (repeats > looseRepeat && atom.repeats > looseRepeat) {
        throw unsupportedTokenizer("a regular expression with a repeat inside a repeat");
      }
      const repeated = `(?:${atom.source})${text}`;
      if (mode === "possessive") {
        atom = { source: this.atomic(repeated, flags), repeats: 0 };
      } else {
        const source = mode === "lazy" ? `${repeated}?` : repeated;
        atom = { source, repeats: Math.max(repeats, atom.repeats) };
      }
    }
  }

  private quantifier(): {
    least: number;
    most: number;
    text: string;
    mode: "greedy" | "lazy" | "possessive";
  } | null {
    const { reader } = this;
    const symbol = reader.takeMatch(/([*+?])([+?]?)/y);
    if (symbol) {
      const text = symbol[1] ?? "";
      const mode = symbol[2] === "+" ? "possessive" : symbol[2] === "?" ? "lazy" : "greedy";
      return { least: text === "+" ? 1 : 0, most: text === "?" ? 1 : Number.POSITIVE_INFINITY, text, mode };
    }
    const braces = reader.takeMatch(/\{(\d{0,5})(,?)(\d{0,5})\}/y);
    if (!braces) {
      return null;
    }
    const [whole, low = "", comma, high = ""] = braces;
    if (low === "" && high === "") {
      throw unsupportedTokenizer(`the quantifier ${whole} in a regular expression`);
    }
    const least = low === "" ? 0 : Number(low);
    const most = comma === "" ? least : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (most < least) {
      throw unsupportedTokenizer(`the quantifier ${whole} in a regular expression`);
    }
    const lazy = reader.take("?");
    if (lazy && comma === "") {
      throw unsupportedTokenizer(`the quantifier ${whole}? in a regular expression`);
    }
    const text = comma === "" ? `{${least}}` : `{${least},${Number.isFinite(most) ? most : ""}}`;
    return { least, most, text, mode: lazy ? "lazy" : "greedy" };
  }

  /** What never gives back what it has matched: a look-ahead that remembers, then what it remembered. */
  private atomic(source: string, flags: Flags): string {
    if (flags.insideLookBehind) {
      throw unsupportedTokenizer("a regular expression with an atomic group inside a look-behind");
    }
    const name = `a${this.atomicGroups++}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  private atom(flags: Flags): Fragment {
    const { reader } = this;
    const single = (source: string): Fragment => ({ source, repeats: 0 });
    if (reader.peek() === "(") {
      return this.group(flags);
    }
    if (reader.peek() === "[") {
      return single(readClass(reader, flags.ignoreCase));
    }
    if (reader.peek() === "\\") {
      return single(this.escape(flags));
    }
    const character = reader.next();
    switch (character) {
      case ".":
        return single(flags.dotAll ? "[\\s\\S]" : "[^\\n]");
      case "^":
        return single("(?:(?<![\\s\\S])|(?<=\\n)(?=[\\s\\S]))");
      case "$":
        return single("(?=\\n|(?![\\s\\S]))");
      case "*":
      case "+":
      case "?":
        throw unsupportedTokenizer(`a regular expression with nothing before ${character}`);
      default:
        return single(characterSet(character.codePointAt(0) ?? 0, flags.ignoreCase));
    }
  }

  private group(flags: Flags): Fragment {
    const { reader } = this;
    if (++this.depth > deepest) {
      throw unsupportedTokenizer("a regular expression nested this deep");
    }
    if (reader.takeMatch(/\(\?#[^)]*\)/y)) {
      this.depth--;
      return { source: "(?:)", repeats: 0 };
    }
    const opening = reader.takeMatch(/\((?:\?(?:<?[=!]|>|:|([imx]*)(?:-([imx]+))?:|<[A-Za-z_]\w*>))?/y);
    const [head = "", on = "", off = ""] = opening ?? [];
    if (reader.peek() === "?") {
      throw unsupportedTokenizer("a group of an unknown kind in a regular expression");
    }
    const kind = /^\(\?(?:<?[=!]|>)$/.test(head) ? head : "(?:";
    const inner = this.alternatives({
      ...this.withFlags(flags, on, off),
      insideLookBehind: flags.insideLookBehind || kind.startsWith("(?<"),
    });
    if (!reader.take(")")) {
      throw unsupportedTokenizer("a regular expression with an open group");
    }
    this.depth--;
    if (kind === "(?>") {
      return { source: this.atomic(`(?:${inner.source})`, flags), repeats: 0 };
    }
    return { source: `${kind}${inner.source})`, repeats: kind === "(?:" ? inner.repeats : 0 };
  }

  private escape(flags: Flags): string {
    const { reader } = this;
    const word = reader.takeMatch(/\\([wW])/y);
    if (word) {
      return word[1] === "w" ? bareWord : `[^${bareWord}]`;
    }
    const set = reader.takeSet();
    if (set !== null) {
      return set === "" ? emptySet : `[${set}]`;
    }
    const anchor = reader.takeMatch(/\\([AzZbBGKRXkg1-9])/y);
    if (anchor) {
      return translateAnchor(anchor[1] ?? "");
    }
    return characterSet(reader.takeEscapedCharacter(), flags.ignoreCase);
  }
}

function translateAnchor(letter: string): string {
  const word = bareWord;
  switch (letter) {
    case "A":
      return "(?<![\\s\\S])";
    case "z":
      return "(?![\\s\\S])";
    case "Z":
      return "(?=\\n?(?![\\s\\S]))";
    case "b":
      return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    case "B":
      return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
    case "R":
      return "(?:\\r\\n|[\\n-\\r\\u0085\\u2028\\u2029])";
    default:
      throw unsupportedTokenizer(`\\${letter} in a regular expression`);
  }
}
