import { combiningClasses, controls, marks, nonSpacingMarks, punctuation, undecomposed } from "./unicodeTables";

/** A set of code points. */
type CodePointTest = (codePoint: number) => boolean;

/** Rust's `char::is_whitespace` and the `\s` of Unicode-aware expressions: property White_Space. */
export function isWhitespace(codePoint: number): boolean {
  if (codePoint <= 0x20) {
    return codePoint === 0x20 || (codePoint >= 9 && codePoint <= 13);
  }
  return (
    codePoint === 0x85 ||
    codePoint === 0xa0 ||
    codePoint === 0x1680 ||
    (codePoint >= 0x2000 && codePoint <= 0x200a) ||
    codePoint === 0x2028 ||
    codePoint === 0x2029 ||
    codePoint === 0x202f ||
    codePoint === 0x205f ||
    codePoint === 0x3000
  );
}

/** General category Mn. */
export const isNonSpacingMark: CodePointTest = rangeTest(nonSpacingMarks);
/** General category M. */
export const isMark: CodePointTest = rangeTest(marks);
/** U+0000, U+FFFD and general categories Cc, Cf, Co without tab, line feed and carriage return. */
export const isRemovedControl: CodePointTest = rangeTest(controls);
/** ASCII punctuation and general category P. */
export const isPunctuation: CodePointTest = rangeTest(punctuation);
/** Characters whose decomposition is newer than the tables of the Python package. */
export const isUndecomposed: CodePointTest = rangeTest(undecomposed);

/** General category N. */
export function isNumeric(codePoint: number): boolean {
  return codePoint < 0x80 ? codePoint >= 0x30 && codePoint <= 0x39 : /^\p{N}$/u.test(String.fromCodePoint(codePoint));
}

/** What counts as part of a word: alphabetic, mark, decimal digit, connector or join control. */
export const wordClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";

const wordCharacter = new RegExp(`^[${wordClass}]$`, "u");

/** Whether a character is in {@link wordClass}. */
export function isWordCharacter(codePoint: number): boolean {
  return wordCharacter.test(String.fromCodePoint(codePoint));
}

const classStarts: number[] = [];
const classEnds: number[] = [];
const classValues: number[] = [];
unpack(combiningClasses, 3, (start, end, value) => {
  classStarts.push(start);
  classEnds.push(end);
  classValues.push(value);
});

/** The canonical combining class of a character, 0 for most. */
export function combiningClass(codePoint: number): number {
  if (codePoint < 0x300) {
    return 0;
  }
  const index = lastAtMost(classStarts, codePoint);
  return index >= 0 && codePoint < (classEnds[index] ?? 0) ? (classValues[index] ?? 0) : 0;
}

/** A bitmap for the basic plane, which holds nearly every character, and a search beyond it. */
function rangeTest(packed: string): CodePointTest {
  const plane = new Uint8Array(0x10000);
  const starts: number[] = [];
  const ends: number[] = [];
  unpack(packed, 2, (start, end) => {
    plane.fill(1, start, end);
    starts.push(start);
    ends.push(end);
  });
  return (codePoint) => {
    if (codePoint < 0x10000) {
      return plane[codePoint] === 1;
    }
    const index = lastAtMost(starts, codePoint);
    return index >= 0 && codePoint < (ends[index] ?? 0);
  };
}

function unpack(packed: string, width: 2 | 3, add: (start: number, end: number, value: number) => void): void {
  const numbers = packed.split(" ").map((word) => Number.parseInt(word, 36));
  let start = 0;
  for (let index = 0; index < numbers.length; index += width) {
    start += numbers[index] ?? 0;
    const end = start + (numbers[index + 1] ?? 0);
    add(start, end, numbers[index + 2] ?? 0);
    start = end;
  }
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
