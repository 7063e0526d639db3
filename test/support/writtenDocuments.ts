/** Draws the same numbers for the same seed, from 0 to 1. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed + 0x9e3779b9;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  of<T>(choices: readonly T[]): T {
    const found = choices[this.below(choices.length)];
    if (found === undefined) {
      throw new Error("nothing to choose from");
    }
    return found;
  }
}

/** A document that is being written, and where the characters of its text stand in it. */
export class Written {
  document = "";
  text = "";
  readonly ranges: [number, number][] = [];

  /** Writes what is no text. */
  mark(source: string): this {
    this.document += source;
    return this;
  }

  /** Writes `text` as `source`; of one that is written as it is each unit has its own range. */
  write(text: string, source = text): this {
    const start = this.document.length;
    this.document += source;
    for (let unit = 0; unit < text.length; unit++) {
      this.ranges.push(
        text.length === source.length ? [start + unit, start + unit + 1] : [start, start + source.length],
      );
    }
    this.text += text;
    return this;
  }

  /** Parts two texts that have already been written, or are about to be, with one line feed over what is between them. */
  part(between: string): this {
    const start = this.document.length;
    this.document += between;
    this.text += "\n";
    this.ranges.push([start, start + between.length]);
    return this;
  }
}

const letters = [
  ..."abcdefghijklmnopqrstuvwxyzABCDE",
  "é",
  "ß",
  "ñ",
  "e\u0301",
  "a\u0308",
  "😀",
  "👩‍👧",
  "中",
  "я",
  "ก",
  "١",
];

/** A word without a character that means something anywhere. */
export function drawWord(draw: Draw): string {
  return Array.from({ length: 1 + draw.below(7) }, () => draw.of(letters)).join("");
}
