import type { StepBudget } from "../stepBudget";
import { type CharSet, codePointEnd } from "./charSet";

/** Stands after the last character. */
const textEndClass = 0;
/** Stands for the second unit of a surrogate pair. */
export const secondUnitClass = 1;

const pageBits = 8;
const pageSize = 1 << pageBits;

/**
 * Classes of characters that an expression cannot tell apart: two characters are in the same class when each of the sets holds both
 * or neither. A class has a small number, so that membership in a set is one look at a short row.
 */
export class Alphabet {
  /** How many classes there are. */
  readonly size: number;
  /** The classes of the characters up to U+007F. */
  readonly ascii: Uint16Array;
  private readonly rows = new Map<CharSet, Uint8Array>();
  private readonly pageOf = new Uint16Array(0x110000 >> pageBits);
  private readonly pages: Uint16Array;

  /** Throws `tokenizer-unsupported` when steps run out: one for each place of a row, and for each stretch of characters in a set. */
  constructor(sets: readonly CharSet[], budget: StepBudget) {
    const starts = [...new Set([0, ...sets.flat()])].filter((code) => code < codePointEnd).sort((a, b) => a - b);
    const indices = new Map([...starts, codePointEnd].map((start, index) => [start, index]));
    const classes = new Uint16Array(starts.length).fill(2);
    const sizes = [0, 0, starts.length];
    for (const set of sets) {
      const inside = intervalsOf(set, indices);
      budget.spend(inside.length);
      refine(classes, sizes, inside);
    }
    this.size = sizes.length;
    budget.spend(this.size * sets.length);
    for (const set of sets) {
      const row = new Uint8Array(this.size);
      for (const interval of intervalsOf(set, indices)) {
        row[classes[interval] ?? 0] = 1;
      }
      this.rows.set(set, row);
    }
    this.pages = this.writePages(starts, classes);
    this.ascii = this.pages.slice(0, 0x80);
  }

  /** For each class whether a set holds it. */
  rowOf(set: CharSet): Uint8Array {
    const row = this.rows.get(set);
    if (!row) {
      throw new Error("a set that the alphabet was not made for");
    }
    return row;
  }

  /** Writes the class of each UTF-16 unit of a text, then {@link textEndClass} twice, so that the unit after any place can be looked at. */
  translate(text: string, into: Uint16Array): void {
    const { length } = text;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      into[index] = code < 0x80 ? (this.ascii[code] as number) : this.classAt(text, index);
      if (code >> 10 === 0x36 && index + 1 < length) {
        index++;
        into[index] = secondUnitClass;
      }
    }
    into[length] = textEndClass;
    into[length + 1] = textEndClass;
  }

  /** The class of the character at a place of a text. */
  classAt(text: string, index: number): number {
    const code = text.codePointAt(index) as number;
    const page = this.pageOf[code >> pageBits] as number;
    return this.pages[(page << pageBits) | (code & (pageSize - 1))] as number;
  }

  /** A table in two steps; pages that are all of one class are kept once. The first page is that of ASCII. */
  private writePages(starts: readonly number[], classes: Uint16Array): Uint16Array {
    const pages: Uint16Array[] = [];
    const uniform = new Map<number, number>();
    let interval = 0;
    for (let page = 0; page < this.pageOf.length; page++) {
      const first = page << pageBits;
      while ((starts[interval + 1] ?? codePointEnd) <= first) {
        interval++;
      }
      const only = (starts[interval + 1] ?? codePointEnd) >= first + pageSize ? (classes[interval] ?? 0) : null;
      const known = only === null || page === 0 ? undefined : uniform.get(only);
      this.pageOf[page] = known ?? pages.length;
      if (known !== undefined) {
        continue;
      }
      if (only !== null) {
        uniform.set(only, pages.length);
      }
      const content = new Uint16Array(pageSize);
      for (let offset = 0, at = interval; offset < pageSize; offset++) {
        while ((starts[at + 1] ?? codePointEnd) <= first + offset) {
          at++;
        }
        content[offset] = classes[at] ?? 0;
      }
      pages.push(content);
    }
    const all = new Uint16Array(pages.length << pageBits);
    pages.forEach((content, index) => {
      all.set(content, index << pageBits);
    });
    return all;
  }
}

/** The intervals between two neighbouring starts that a set holds, by index. */
function intervalsOf(set: CharSet, indices: ReadonlyMap<number, number>): number[] {
  const inside: number[] = [];
  for (let range = 0; range < set.length; range += 2) {
    const end = indices.get(set[range + 1] ?? 0) ?? 0;
    for (let index = indices.get(set[range] ?? 0) ?? 0; index < end; index++) {
      inside.push(index);
    }
  }
  return inside;
}

/** Splits the classes that are partly inside; `sizes` is how many intervals each class has. */
function refine(classes: Uint16Array, sizes: number[], inside: readonly number[]): void {
  const counts = new Map<number, number>();
  for (const index of inside) {
    const one = classes[index] ?? 0;
    counts.set(one, (counts.get(one) ?? 0) + 1);
  }
  const fresh = new Map<number, number>();
  for (const [one, count] of counts) {
    const rest = (sizes[one] ?? 0) - count;
    if (rest > 0) {
      fresh.set(one, sizes.length);
      sizes[one] = rest;
      sizes.push(count);
    }
  }
  for (const index of inside) {
    const one = classes[index] ?? 0;
    classes[index] = fresh.get(one) ?? one;
  }
}
