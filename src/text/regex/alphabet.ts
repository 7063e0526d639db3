import type { StepBudget } from "../stepBudget";
import type { CharSet } from "./charSet";

/** Stands after the last character. */
export const textEndClass = 0;
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

  /** Throws `tokenizer-unsupported` when steps run out: one for each set and range. */
  constructor(sets: readonly CharSet[], budget: StepBudget) {
    const starts = [...new Set([0, ...sets.flat()])].filter((code) => code < 0x110000).sort((a, b) => a - b);
    budget.spend(starts.length * sets.length);
    const classes = new Uint16Array(starts.length).fill(2);
    let next = 3;
    for (const set of sets) {
      next = refine(classes, next, memberships(starts, set));
    }
    this.size = next;
    for (const set of sets) {
      const row = new Uint8Array(next);
      memberships(starts, set).forEach((member, index) => {
        row[classes[index] ?? 0] = member;
      });
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
      while ((starts[interval + 1] ?? 0x110000) <= first) {
        interval++;
      }
      const only = (starts[interval + 1] ?? 0x110000) >= first + pageSize ? (classes[interval] ?? 0) : null;
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
        while ((starts[at + 1] ?? 0x110000) <= first + offset) {
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

/** For each interval between two starts whether a set holds it. */
function memberships(starts: readonly number[], set: CharSet): Uint8Array {
  let place = 0;
  return Uint8Array.from(starts, (start) => {
    while (place < set.length && (set[place] ?? 0) <= start) {
      place++;
    }
    return place % 2;
  });
}

/** Splits classes that are partly in a set; gives the next free number. */
function refine(classes: Uint16Array, free: number, members: Uint8Array): number {
  const inside = new Map<number, number>();
  const outside = new Set<number>();
  members.forEach((member, index) => {
    if (member === 0) {
      outside.add(classes[index] ?? 0);
    }
  });
  let next = free;
  members.forEach((member, index) => {
    const old = classes[index] ?? 0;
    if (member === 1 && outside.has(old)) {
      let fresh = inside.get(old);
      if (fresh === undefined) {
        fresh = next++;
        inside.set(old, fresh);
      }
      classes[index] = fresh;
    }
  });
  return next;
}
