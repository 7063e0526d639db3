import { corruptTokenizer } from "./json";

/** A normalised text longer than this (UTF-16 units) is refused, so that a file cannot blow a text up without bound. */
const longestText = 1_000_000;

/**
 * What a normaliser does, character by character: each new character with its change, which is 0 when it stands for the next old
 * character, 1 when it is inserted, and −n when n old characters after the one it stands for are removed.
 */
export class Changes {
  readonly characters: string[] = [];
  readonly counts: number[] = [];
  private units = 0;

  /** Throws `tokenizer-corrupt` when the new text becomes too long. */
  push(character: string, count: number): void {
    this.units += character.length;
    checkLength(this.units);
    this.characters.push(character);
    this.counts.push(count);
  }
}

/** How many UTF-16 units the character at `index` takes. */
export function unitsAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code >= 0xd800 && code < 0xdc00 && index + 1 < text.length ? 2 : 1;
}

/** Whether a text is made of characters up to U+007F. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) {
      return false;
    }
  }
  return true;
}

/**
 * A normalised text that knows, for each of its UTF-16 units, the range of the person's text it came from. Immutable; slices share
 * their alignment. An inserted character has the range of the one before it, as in the Python package.
 */
export class NormalizedText {
  private constructor(
    readonly text: string,
    private readonly starts: Int32Array,
    private readonly ends: Int32Array,
    private readonly offset: number,
    /** Where in the person's text this text begins. */
    readonly originStart: number,
  ) {}

  /** The text as it is; it must not have unpaired surrogates. */
  static from(text: string): NormalizedText {
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    for (let index = 0; index < text.length; ) {
      const next = index + unitsAt(text, index);
      for (let unit = index; unit < next; unit++) {
        starts[unit] = index;
        ends[unit] = next;
      }
      index = next;
    }
    return new NormalizedText(text, starts, ends, 0, 0);
  }

  get length(): number {
    return this.text.length;
  }

  /** Where the unit at `index` begins in the person's text. */
  startOf(index: number): number {
    return this.starts[this.offset + index] ?? this.originStart;
  }

  /** Where the unit at `index` ends in the person's text. */
  endOf(index: number): number {
    return this.ends[this.offset + index] ?? this.originStart;
  }

  /** The part between two indices, which must be on character boundaries. */
  slice(start: number, end: number): NormalizedText {
    return this.#part(start, end, end > start ? this.startOf(start) : this.originStart);
  }

  /** What is left when the characters before `start` and from `end` on are removed; unlike a slice it stands for the whole text. */
  without(start: number, end: number): NormalizedText {
    return this.#part(start, end, this.originStart);
  }

  #part(start: number, end: number, originStart: number): NormalizedText {
    return start === 0 && end === this.length
      ? this
      : new NormalizedText(this.text.slice(start, end), this.starts, this.ends, this.offset + start, originStart);
  }

  /** The same alignment under another text of the same length, character for character. */
  withText(text: string): NormalizedText {
    return new NormalizedText(text, this.starts, this.ends, this.offset, this.originStart);
  }

  /** Applies changes to the whole text; `removed` is how many characters at the very beginning have no new one. */
  apply(changes: Changes, removed = 0): NormalizedText {
    const { characters, counts } = changes;
    const text = characters.join("");
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    let old = 0;
    for (let skipped = 0; skipped < removed; skipped++) {
      old += unitsAt(this.text, old);
    }
    let unit = 0;
    for (let index = 0; index < characters.length; index++) {
      const count = counts[index] ?? 0;
      const source = count > 0 ? old - 1 : old;
      const start = source < 0 ? this.originStart : this.startOf(source);
      const end = source < 0 ? this.originStart : this.endOf(source);
      for (let left = characters[index]?.length ?? 0; left > 0; left--) {
        starts[unit] = start;
        ends[unit] = end;
        unit++;
      }
      for (let left = count > 0 ? 0 : 1 - count; left > 0; left--) {
        old += unitsAt(this.text, old);
      }
    }
    return new NormalizedText(text, starts, ends, 0, this.originStart);
  }

  /** Another text, made of parts that each stand for the units of this one from `start` to `end`. Throws `tokenizer-corrupt` when it becomes too long. */
  rewritten(parts: readonly { readonly text: string; readonly start: number; readonly end: number }[]): NormalizedText {
    const length = parts.reduce((sum, { text }) => sum + text.length, 0);
    checkLength(length);
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    let unit = 0;
    for (const { text, start, end } of parts) {
      const from = start < this.length ? this.startOf(start) : this.alignment(start - 1)[1];
      starts.fill(from, unit, unit + text.length);
      ends.fill(end > start ? this.endOf(end - 1) : from, unit, unit + text.length);
      unit += text.length;
    }
    return new NormalizedText(parts.map(({ text }) => text).join(""), starts, ends, 0, this.originStart);
  }

  /** Keeps the characters for which `keep` holds. */
  filter(keep: (codePoint: number) => boolean): NormalizedText {
    const { text } = this;
    let first = 0;
    while (first < text.length && keep(text.codePointAt(first) ?? 0)) {
      first += unitsAt(text, first);
    }
    return first === text.length ? this : this.filterSome(keep);
  }

  private filterSome(keep: (codePoint: number) => boolean): NormalizedText {
    const changes = new Changes();
    let removed = 0;
    let removedFirst = 0;
    let last: string | null = null;
    for (const character of this.text) {
      if (keep(character.codePointAt(0) ?? 0)) {
        if (last === null) {
          removedFirst = removed;
        } else {
          changes.push(last, -removed);
        }
        last = character;
        removed = 0;
      } else {
        removed++;
      }
    }
    if (last !== null) {
      changes.push(last, -removed);
    }
    return this.apply(changes, removedFirst);
  }

  /** Puts a string before the text; it takes the range of the first character. An empty text stays empty. */
  prepend(prefix: string): NormalizedText {
    if (this.length === 0 || prefix === "") {
      return this;
    }
    return this.splice([{ start: 0, end: 0 }], prefix, (unit) => this.alignment(unit));
  }

  /** Replaces ranges (ascending, not overlapping) by `content`, which takes the range of the last character replaced or before. */
  replace(ranges: readonly { readonly start: number; readonly end: number }[], content: string): NormalizedText {
    if (ranges.length === 0) {
      return this;
    }
    if (content.length === 1 && ranges.every(({ start, end }) => end - start === 1)) {
      return this.withText(this.textWith(ranges, content));
    }
    return this.splice(ranges, content, (unit) => this.alignment(unit - 1));
  }

  private textWith(ranges: readonly { readonly start: number; readonly end: number }[], content: string): string {
    const parts: string[] = [];
    let done = 0;
    for (const { start, end } of ranges) {
      parts.push(this.text.slice(done, start), content);
      done = end;
    }
    parts.push(this.text.slice(done));
    return parts.join("");
  }

  private alignment(unit: number): readonly [number, number] {
    return unit < 0 ? [this.originStart, this.originStart] : [this.startOf(unit), this.endOf(unit)];
  }

  private splice(
    ranges: readonly { readonly start: number; readonly end: number }[],
    content: string,
    alignmentAt: (unit: number) => readonly [number, number],
  ): NormalizedText {
    const removed = ranges.reduce((sum, range) => sum + range.end - range.start, 0);
    const length = this.length - removed + content.length * ranges.length;
    checkLength(length);
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    let unit = 0;
    let done = 0;
    const copyUntil = (end: number) => {
      starts.set(this.starts.subarray(this.offset + done, this.offset + end), unit);
      ends.set(this.ends.subarray(this.offset + done, this.offset + end), unit);
      unit += end - done;
    };
    for (const range of ranges) {
      copyUntil(range.start);
      const [start, end] = alignmentAt(range.end);
      starts.fill(start, unit, unit + content.length);
      ends.fill(end, unit, unit + content.length);
      unit += content.length;
      done = range.end;
    }
    copyUntil(this.length);
    return new NormalizedText(this.textWith(ranges, content), starts, ends, 0, this.originStart);
  }
}

function checkLength(length: number): void {
  if (length > longestText) {
    throw corruptTokenizer("its rules make the text too long");
  }
}
