/** A set of code points as ascending ranges that do not touch: start, end (exclusive), start, end … */
export type CharSet = readonly number[];

/** One past the last code point. */
export const codePointEnd = 0x110000;

/** No character. */
export const emptySet: CharSet = [];
/** Every character. */
export const everySet: CharSet = [0, codePointEnd];

/** Code points from `first` to `last`, both included. */
export function rangeSet(first: number, last = first): CharSet {
  return [first, last + 1];
}

/** The characters that are in any of the sets. */
export function union(...sets: readonly CharSet[]): CharSet {
  const ranges: (readonly [number, number])[] = [];
  for (const set of sets) {
    for (let index = 0; index < set.length; index += 2) {
      ranges.push([set[index] ?? 0, set[index + 1] ?? 0]);
    }
  }
  ranges.sort((one, other) => one[0] - other[0]);
  const result: number[] = [];
  for (const [start, end] of ranges) {
    const last = result.length - 1;
    if (last >= 0 && start <= (result[last] ?? 0)) {
      result[last] = Math.max(result[last] ?? 0, end);
    } else {
      result.push(start, end);
    }
  }
  return result;
}

/** The characters that are not in a set. */
export function complement(set: CharSet): CharSet {
  const from = set[0] === 0 ? set.slice(1) : [0, ...set];
  return from[from.length - 1] === codePointEnd ? from.slice(0, -1) : [...from, codePointEnd];
}

/** The characters that are in both sets. */
export function intersection(one: CharSet, other: CharSet): CharSet {
  return complement(union(complement(one), complement(other)));
}

/** Whether a character is in a set. */
export function contains(set: CharSet, codePoint: number): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[middle] ?? 0) <= codePoint) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low % 2 === 1;
}

/** Where code points are assigned one by one; beyond, the first of each range of {@link uniform} stands for all of it. */
const assigned: CharSet = [0, 0xd800, 0xe000, 0x40000, 0xe0000, 0xe1000];
const assignedEnd = 0x42000;
const uniform: CharSet = [0x40000, 0xe0000, 0xe1000, 0xf0000, 0xf0000, codePointEnd];

let universe: string | null = null;

function allCharacters(): string {
  if (universe === null) {
    const units = new Uint16Array(assignedEnd * 2);
    let length = 0;
    for (let index = 0; index < assigned.length; index += 2) {
      for (let code = assigned[index] ?? 0; code < (assigned[index + 1] ?? 0); code++) {
        if (code > 0xffff) {
          units[length++] = 0xd800 + ((code - 0x10000) >> 10);
        }
        units[length++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
      }
    }
    universe = new TextDecoder("utf-16", { ignoreBOM: true }).decode(units.subarray(0, length));
  }
  return universe;
}

const known = new Map<string, CharSet>();

/** The set of a class of JavaScript's `v` flag, written by us, such as `\p{L}`; throws `SyntaxError`. Surrogates are in no set. */
export function setOfClass(inside: string): CharSet {
  const found = known.get(inside);
  if (found) {
    return found;
  }
  const member = new RegExp(`[${inside}]`, "v");
  const ranges: CharSet[] = [];
  // Neighbours in the text are neighbours in Unicode, but for the gaps between its parts.
  for (const [run] of allCharacters().matchAll(new RegExp(`[${inside}]+`, "gv"))) {
    const first = run.codePointAt(0) ?? 0;
    const endsInPair = run.charCodeAt(run.length - 1) >> 10 === 0x37;
    const last = run.codePointAt(run.length - (endsInPair ? 2 : 1)) ?? 0;
    for (let index = 0; index < assigned.length; index += 2) {
      const start = Math.max(first, assigned[index] ?? 0);
      const end = Math.min(last + 1, assigned[index + 1] ?? 0);
      if (start < end) {
        ranges.push([start, end]);
      }
    }
  }
  for (let index = 0; index < uniform.length; index += 2) {
    const start = uniform[index] ?? 0;
    if (member.test(String.fromCodePoint(start))) {
      ranges.push([start, uniform[index + 1] ?? 0]);
    }
  }
  const set = union(...ranges);
  known.set(inside, set);
  return set;
}
