import { unsupportedTokenizer } from "../json";
import { hasManyLetterCase } from "./caseFolding";
import { type CharSet, complement, intersection, rangeSet, union } from "./charSet";
import { maybeNot, posixSet } from "./properties";
import type { Reader } from "./reader";

/** How deep classes may be nested. */
const deepest = 16;

/** A hyphen that is not the last of its part: it makes a range, but after a range it stands for itself. */
const hyphen = /-(?!\]|&&)/y;

/** Reads a class, `[` first; throws `tokenizer-unsupported`. */
export function readClass(reader: Reader, ignoreCase: boolean): CharSet {
  const { inside, negated } = readInside(reader, 0);
  if (!ignoreCase) {
    return maybeNot(inside, negated);
  }
  const set = reader.sets.withCases(inside);
  if (negated) {
    return complement(set);
  }
  if (hasManyLetterCase(set)) {
    throw unsupportedTokenizer("a regular expression that ignores the case of a class with letters such as ß");
  }
  return set;
}

function readInside(reader: Reader, depth: number): { inside: CharSet; negated: boolean } {
  if (depth > deepest) {
    throw unsupportedTokenizer("a regular expression nested this deep");
  }
  reader.take("[");
  const negated = reader.take("^");
  let before: CharSet | null = null;
  let parts: CharSet[] = [];
  // A bracket that closes nothing yet stands for itself.
  if (reader.take("]")) {
    parts.push(rangeSet(0x5d));
  }
  while (!reader.take("]")) {
    if (reader.take("&&")) {
      const part = union(...parts);
      before = before ? intersection(before, part) : part;
      parts = [];
    } else {
      parts.push(readPart(reader, depth));
    }
  }
  const last = union(...parts);
  return { inside: before ? intersection(before, last) : last, negated };
}

function readPart(reader: Reader, depth: number): CharSet {
  const posix = reader.takeMatch(/\[:(\^?)([a-z]+):\]/y);
  if (posix) {
    refuseRange(reader);
    return reader.sets.use(maybeNot(posixSet(posix[2] ?? ""), posix[1] === "^"));
  }
  if (reader.peek() === "[") {
    const { inside, negated } = readInside(reader, depth + 1);
    return maybeNot(inside, negated);
  }
  const set = reader.takeSet();
  if (set !== null) {
    refuseRange(reader);
    return set;
  }
  const from = readCharacter(reader);
  if (!reader.takeMatch(hyphen)) {
    return rangeSet(from);
  }
  if (reader.takeMatch(/\[|\\[sSdDwWhHpP]/y)) {
    throw unsupportedTokenizer("a regular expression with a range to a class");
  }
  const to = readCharacter(reader);
  if (to < from) {
    throw unsupportedTokenizer("a regular expression with a range from high to low");
  }
  if (!reader.takeMatch(hyphen)) {
    return rangeSet(from, to);
  }
  if (reader.peek() === "-") {
    throw unsupportedTokenizer("a regular expression with a range after a range");
  }
  return union(rangeSet(from, to), rangeSet(0x2d));
}

function refuseRange(reader: Reader): void {
  if (reader.takeMatch(hyphen)) {
    throw unsupportedTokenizer("a regular expression with a range from a class");
  }
}

function readCharacter(reader: Reader): number {
  if (reader.peek() === "\\") {
    return reader.take("\\b") ? 8 : reader.takeEscapedCharacter();
  }
  return reader.next().codePointAt(0) ?? 0;
}
