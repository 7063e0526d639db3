import type { Piece } from "../common/reading";

/** UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something between or inside blocks that is no text. */
export interface LeftOut extends Span {
  readonly piece: Piece;
}

/** Plain text whose parts belong together, such as a paragraph or a value, and where its characters stand. */
export interface Block extends Span {
  readonly piece: Piece;
  readonly text: string;
  /** See `Reading.runs`. */
  readonly runs: readonly number[];
  readonly leftOut: readonly LeftOut[];
}

/** Puts the text of one block together, in the order of the document. */
export class BlockBuilder {
  readonly #document: string;
  readonly #pieces: string[] = [];
  readonly #runs: number[] = [];
  readonly #leftOut: LeftOut[] = [];
  #length = 0;
  #gap = "";
  /** Where the text so far ends in the document. */
  #end = -1;

  constructor(document: string) {
    this.#document = document;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Takes a stretch of the document as it is; a line end of two characters becomes one. */
  copy(start: number, end: number): void {
    for (let at = start; at < end; ) {
      const found = this.#document.indexOf("\r\n", at);
      const stop = found < 0 || found + 2 > end ? end : found;
      if (stop > at) {
        this.#add(this.#document.slice(at, stop), at, stop);
      }
      if (stop < end) {
        this.#add("\n", stop, stop + 2);
      }
      at = stop < end ? stop + 2 : end;
    }
  }

  /** Takes a stretch of the document word by word: what white space there is becomes one gap. */
  words(start: number, end: number): void {
    const word = /[^ \t\r\n\f]+/g;
    word.lastIndex = start;
    let at = start;
    for (let found = word.exec(this.#document); found && found.index < end; found = word.exec(this.#document)) {
      if (found.index > at) {
        this.gap(" ");
      }
      at = Math.min(word.lastIndex, end);
      this.#add(this.#document.slice(found.index, at), found.index, at);
    }
    if (at < end) {
      this.gap(" ");
    }
  }

  /** Takes `text` for a stretch of the document. */
  put(text: string, start: number, end: number): void {
    this.#add(text, start, end);
  }

  /** Parts what is before from what comes after, if there is both; a line feed is stronger than a space. */
  gap(text: " " | "\n"): void {
    this.#gap = this.#gap === "\n" ? this.#gap : text;
  }

  leaveOut(piece: Piece, start: number, end: number): void {
    this.#leftOut.push({ piece, start, end });
  }

  /** The block as it is; `start` and `end` take in its marks. */
  build(piece: Piece, start: number, end: number): Block {
    return { piece, text: this.#pieces.join(""), runs: this.#runs, leftOut: this.#leftOut, start, end };
  }

  #add(text: string, start: number, end: number): void {
    if (text === "") {
      return;
    }
    if (this.#gap !== "" && this.#length > 0) {
      this.#append(this.#gap, this.#end, start);
    }
    this.#gap = "";
    this.#append(text, start, end);
    this.#end = end;
  }

  #append(text: string, start: number, end: number): void {
    const runs = this.#runs;
    const last = runs.length - 3;
    const continues =
      last >= 0 && runs[last] === (runs[last + 2] ?? 0) - (runs[last + 1] ?? 0) && runs[last + 2] === start;
    if (continues && text.length === end - start) {
      runs[last] = (runs[last] ?? 0) + text.length;
      runs[last + 2] = end;
    } else {
      runs.push(text.length, start, end);
    }
    this.#pieces.push(text);
    this.#length += text.length;
  }
}

/** The part of a block's runs that belongs to a stretch of its text. */
export function cutRuns(runs: readonly number[], start: number, end: number): number[] {
  const result: number[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += 3) {
    const [length = 0, from = 0, to = 0] = runs.slice(run, run + 3);
    const first = Math.max(start, at);
    const last = Math.min(end, at + length);
    if (first < last) {
      const literal = length === to - from;
      result.push(last - first, literal ? from + first - at : from, literal ? from + last - at : to);
    }
    at += length;
  }
  return result;
}

/** The stretch of a block's text that stands for what lies in a stretch of the document. */
export function textSpan(runs: readonly number[], start: number, end: number): Span {
  let at = 0;
  let first: number | null = null;
  let last = 0;
  for (let run = 0; run < runs.length; run += 3) {
    const [length = 0, from = 0, to = 0] = runs.slice(run, run + 3);
    if (to > start && from < end) {
      const literal = length === to - from;
      first ??= at + (literal ? Math.max(0, start - from) : 0);
      last = at + (literal ? Math.min(length, end - from) : length);
    }
    at += length;
  }
  return first === null ? { start: 0, end: 0 } : { start: first, end: last };
}
