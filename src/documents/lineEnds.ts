import type { Reading, ReadRequest } from "../common/reading";

/** A document as readers see it: without the mark that some files start with, every line end one character. */
export class PlainLines {
  /** The document to read, in which offsets start at 0. */
  readonly request: ReadRequest;
  /** Added to every place. */
  readonly #shift: number;
  /** Which line feeds are two characters in the file. */
  readonly #long: readonly number[];

  constructor({ text, offset, start, end, ...names }: ReadRequest) {
    const mark = text.startsWith("\ufeff") ? 1 : 0;
    const whole = mark === 0 ? text : text.slice(1);
    this.#shift = offset + mark;
    const long: number[] = [];
    for (let at = whole.indexOf("\r\n"); at >= 0; at = whole.indexOf("\r\n", at + 2)) {
      long.push(at - long.length);
    }
    this.#long = long;
    const place = (at: number): number => {
      const inside = Math.max(0, at - mark);
      return inside - countBefore(long, inside, 1);
    };
    this.request = {
      ...names,
      text: long.length === 0 ? whole : whole.replaceAll("\r\n", "\n"),
      offset: 0,
      start: place(start),
      end: place(end),
    };
  }

  /** A reading of the request with its places in the document. */
  inDocument(reading: Reading): Reading {
    const runs: number[] = [];
    for (let run = 0; run < reading.runs.length; run += 3) {
      const [length = 0, start = 0, end = 0] = reading.runs.slice(run, run + 3);
      let from = start;
      if (length === end - start) {
        for (let next = countBefore(this.#long, start, 0); (this.#long[next] ?? end) < end; next++) {
          const feed = this.#long[next] ?? end;
          this.#push(runs, feed - from, from, feed);
          this.#push(runs, 1, feed, feed + 1);
          from = feed + 1;
        }
      }
      this.#push(runs, length - (from - start), from, end);
    }
    return { ...reading, runs };
  }

  #push(runs: number[], length: number, start: number, end: number): void {
    if (length > 0) {
      runs.push(length, this.#place(start), this.#place(end));
    }
  }

  #place(at: number): number {
    return at + countBefore(this.#long, at, 0) + this.#shift;
  }
}

/** How many of ascending places are before one, where each counts for `more` than the one before it. */
function countBefore(places: readonly number[], at: number, more: 0 | 1): number {
  let low = 0;
  for (let high = places.length; low < high; ) {
    const middle = (low + high) >> 1;
    [low, high] = (places[middle] ?? 0) + middle * more < at ? [middle + 1, high] : [low, middle];
  }
  return low;
}
