import { unsupportedTokenizer } from "./json";
import { type OnigReader, translateProperty } from "./onigReader";

/** Matches nothing. */
export const emptySet = "(?!)";

/** Ranges of more characters than this are not expanded to ignore case. */
const widestCaselessRange = 2000;

/** How deep classes may be nested. */
const deepest = 16;

/** One character, or all its cases, in a JavaScript expression. */
export function characterSet(code: number, ignoreCase: boolean): string {
  const cases = ignoreCase ? casesOf(code) : [code];
  return cases.length === 1 ? escaped(code) : `[${cases.map(escaped).join("")}]`;
}

/** Reads a class, `[` first, and gives the same class for JavaScript's `v` flag; throws `tokenizer-unsupported`. */
export function readClass(reader: OnigReader, ignoreCase: boolean, depth = 0): string {
  if (depth > deepest) {
    throw unsupportedTokenizer("a regular expression nested this deep");
  }
  reader.take("[");
  const negated = reader.take("^");
  const operands: string[] = [];
  let parts: string[] = [];
  // A bracket that closes nothing yet stands for itself.
  if (reader.take("]")) {
    parts.push(escaped(0x5d));
  }
  while (!reader.take("]")) {
    if (reader.take("&&")) {
      operands.push(`[${parts.join("")}]`);
      parts = [];
    } else {
      parts.push(readPart(reader, ignoreCase, depth));
    }
  }
  const last = parts.join("");
  const inside = operands.length === 0 ? last : [...operands, `[${last}]`].join("&&");
  return `[${negated ? "^" : ""}${inside}]`;
}

function readPart(reader: OnigReader, ignoreCase: boolean, depth: number): string {
  const posix = reader.takeMatch(/\[:(\^?)([a-z]+):\]/y);
  if (posix) {
    return translateProperty(posix[2] ?? "", posix[1] === "^");
  }
  if (reader.peek() === "[") {
    return readClass(reader, ignoreCase, depth + 1);
  }
  const set = reader.takeSet();
  if (set !== null) {
    return set;
  }
  const from = readCharacter(reader);
  if (!reader.takeMatch(/-(?=[^\]])/y)) {
    return caseless(from, from, ignoreCase);
  }
  // After a set such as `\s`, or before one, a hyphen is a hyphen.
  const after = reader.takeSet();
  if (after !== null) {
    return caseless(from, from, ignoreCase) + escaped(0x2d) + after;
  }
  const to = readCharacter(reader);
  if (to < from) {
    throw unsupportedTokenizer("a regular expression with a range from high to low");
  }
  return caseless(from, to, ignoreCase);
}

function readCharacter(reader: OnigReader): number {
  if (reader.peek() === "\\") {
    return reader.take("\\b") ? 8 : reader.takeEscapedCharacter();
  }
  return reader.next().codePointAt(0) ?? 0;
}

function caseless(from: number, to: number, ignoreCase: boolean): string {
  const range = from === to ? escaped(from) : `${escaped(from)}-${escaped(to)}`;
  if (!ignoreCase) {
    return range;
  }
  if (to - from > widestCaselessRange) {
    throw unsupportedTokenizer("a regular expression that ignores the case of a wide range");
  }
  const others = new Set<number>();
  for (let code = from; code <= to; code++) {
    for (const other of casesOf(code)) {
      if (other < from || other > to) {
        others.add(other);
      }
    }
  }
  return range + [...others].map(escaped).join("");
}

/** Letters whose other case is not found by changing the case of either. */
const odd: Readonly<Record<string, readonly string[]>> = { s: ["ſ"], k: ["\u212a"], å: ["\u212b"], µ: ["μ"], ß: ["ẞ"] };

function casesOf(code: number): number[] {
  const character = String.fromCodePoint(code);
  const lower = character.toLowerCase();
  const base = character === "ſ" ? "s" : lower;
  return [...new Set([character, lower, character.toUpperCase(), base, base.toUpperCase(), ...(odd[base] ?? [])])]
    .filter((other) => other.length === String.fromCodePoint(other.codePointAt(0) ?? 0).length)
    .map((other) => other.codePointAt(0) ?? 0);
}

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}
