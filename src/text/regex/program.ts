import { unsupportedTokenizer } from "../json";
import type { Alphabet } from "./alphabet";

/** The instructions of a matcher, with their operands. Rows are places in `rows`, registers in a list of numbers. */
export enum Op {
  /** The whole expression has matched. */
  match = 0,
  /** row: one character of a set. */
  set = 1,
  /** row, least, most, follow row, giveBack: as many characters of a set as there are, fewer again if `giveBack`. */
  run = 2,
  /** table: goes on by the class of the next character. */
  dispatch = 3,
  /** Like `run` without `giveBack`, where what comes after could ask for fewer. */
  keptRun = 22,
  /** row: the next character, or the text's end, is one of them; the place stays. */
  peek = 23,
  /** target: goes on there, and after this instruction if that fails. */
  attempt = 4,
  /** target */
  jump = 5,
  fail = 6,
  /** row, least, most, follow row: as few characters of a set as will do. */
  lazyRun = 7,
  /** anchor: by its index in {@link anchorKinds}. */
  anchor = 8,
  /** register: remembers what may still be tried, and the place (next register). */
  mark = 9,
  /** register: what could be tried since the mark is forgotten. */
  cut = 10,
  /** register: like `cut`, and goes back to the place of the mark. */
  cutBack = 11,
  /** register: forgets the same, and fails. */
  cutFail = 12,
  /** least, most: goes back that many characters, the fewest first. */
  back = 13,
  /** register: fails unless the place is that of the mark. */
  atMark = 14,
  /** register: writes the place, and takes it back on failure. */
  save = 15,
  /** register: what stands between two registers stands here again. */
  reference = 16,
  /** register: writes 0, and takes it back on failure. */
  zero = 17,
  /** register, least, most, lazy, exit: another round after this instruction, or none. */
  round = 18,
  /** register: counts one round, and takes it back on failure. */
  count = 19,
  /** register, target: goes on there if nothing was matched since `save`. */
  leaveIfEmpty = 20,
  /** register: writes where a group began (next but one register) and where it ends, and takes them back on failure. */
  saveGroup = 21,
}

/** What {@link Op.anchor} checks, by index. */
export const anchorKinds = [
  "textStart",
  "textEnd",
  "lastLineEnd",
  "lineStart",
  "lineEnd",
  "searchStart",
  "word",
  "notWord",
] as const;

export type AnchorKind = (typeof anchorKinds)[number];

/** The instructions with which nothing but the next character decides. */
const determinable = new Set<number | Label | undefined>([
  Op.match,
  Op.set,
  Op.run,
  Op.dispatch,
  Op.peek,
  Op.attempt,
  Op.jump,
  Op.fail,
  Op.lazyRun,
]);

/** Stands for an infinite number of repeats. */
export const endless = 0x7fffffff;

/** A compiled expression. */
export interface Program {
  readonly alphabet: Alphabet;
  readonly code: Int32Array;
  readonly start: number;
  /** Whether nothing but the next character decides anywhere: there are no anchors, marks and registers. */
  readonly determinable: boolean;
  /** Rows of classes, one after the other. */
  readonly rows: Uint8Array;
  /** Instruction by class, one table after the other. */
  readonly tables: Int32Array;
  readonly registers: number;
  /** The first of the registers, those of groups, are −1 until their group has matched. */
  readonly groupRegisters: number;
  /** The row of classes a match can begin with. */
  readonly first: number;
  /** The rows of word characters and of the line feed, where anchors ask for them. */
  readonly word: number;
  readonly lineFeed: number;
}

/** A place in a program that may be used before it is known. */
export interface Label {
  place: number;
}

/** More instructions than this mean that alternatives multiply. */
const longestCode = 200_000;
const largestTables = 4_000_000;

/** Collects instructions, rows and tables. */
export class Assembler {
  registers = 0;
  private determinable = true;
  private readonly code: (number | Label)[] = [];
  private readonly jumps = new Map<number, Label>();
  private readonly rows: Uint8Array[] = [];
  private readonly rowPlaces = new Map<string, number>();
  private readonly tables: Label[] = [];

  constructor(readonly alphabet: Alphabet) {}

  emit(...words: readonly (number | Label)[]): void {
    this.code.push(...words);
    this.determinable &&= determinable.has(words[0]);
    if (this.code.length > longestCode) {
      throw unsupportedTokenizer("a regular expression with too many alternatives");
    }
  }

  label(): Label {
    return { place: -1 };
  }

  /** The next instruction is where a label stands. */
  put(label: Label): void {
    label.place = this.code.length;
  }

  register(count = 1): number {
    this.registers += count;
    return this.registers - count;
  }

  row(row: Uint8Array): number {
    const key = Buffer.from(row.buffer, row.byteOffset, row.length).toString("latin1");
    const known = this.rowPlaces.get(key);
    if (known !== undefined) {
      return known;
    }
    const place = this.rows.length * this.alphabet.size;
    this.rows.push(row);
    this.rowPlaces.set(key, place);
    return place;
  }

  /** A table with a label for each class. */
  table(labels: readonly Label[]): number {
    const place = this.tables.length;
    for (const label of labels) {
      this.tables.push(label);
    }
    if (this.tables.length > largestTables) {
      throw unsupportedTokenizer("a regular expression with too many alternatives");
    }
    return place;
  }

  /** Goes on at a label. */
  jump(target: Label): void {
    this.jumps.set(this.code.length, target);
    this.emit(Op.jump, target);
  }

  finish(): Pick<Program, "alphabet" | "code" | "rows" | "tables" | "registers" | "determinable"> {
    // A jump to a jump goes on at once.
    const place = (word: number | Label): number =>
      typeof word === "number" ? word : place(this.jumps.get(word.place) ?? word.place);
    for (const [from, target] of this.jumps) {
      if (this.code[place(target)] === Op.match) {
        this.code[from] = Op.match;
      }
    }
    const rows = new Uint8Array(this.rows.length * this.alphabet.size);
    this.rows.forEach((row, index) => {
      rows.set(row, index * this.alphabet.size);
    });
    return {
      alphabet: this.alphabet,
      code: Int32Array.from(this.code, place),
      rows,
      tables: Int32Array.from(this.tables, place),
      registers: this.registers,
      determinable: this.determinable,
    };
  }
}
