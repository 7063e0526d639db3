import { formatCount } from "../common/format";
import { type Message, message } from "../common/message";
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

/** One step of putting a block together: `text` for a stretch, or a stretch as it is, or word by word, or without its text. */
type Step = Span &
  (
    | { readonly kind: "put"; readonly text: string }
    | { readonly kind: "copy" | "words" }
    | { readonly kind: "gap"; readonly text: " " | "\n" }
    | { readonly kind: "leaveOut"; readonly piece: Piece }
    | { readonly kind: "join" }
  );

/** A block with more parts than this is no text that anybody wrote, and putting it together would take long. */
const mostSteps = 50_000;

/** Says why a document is not read any further. */
export class TooIntricate extends Error {
  readonly why: Message = message("A passage has more than {0} marks.", formatCount(mostSteps));
}

/** Notes what a block is made of, in the order of the document; the text is put together only if it is asked for. */
export class BlockBuilder {
  readonly #document: string;
  readonly #steps: Step[] = [];

  constructor(document: string) {
    this.#document = document;
  }

  /** Takes a stretch of the document as it is. */
  copy(start: number, end: number): void {
    if (start < end) {
      this.#push({ kind: "copy", start, end });
    }
  }

  /** Takes a stretch of the document word by word: what white space there is becomes one gap. */
  words(start: number, end: number): void {
    if (start < end) {
      this.#push({ kind: "words", start, end });
    }
  }

  /** Takes `text` for a stretch of the document. */
  put(text: string, start: number, end: number): void {
    this.#push({ kind: "put", text, start, end });
  }

  /** Parts what is before from what comes after, if there is both; a line feed is stronger than a space. */
  gap(text: " " | "\n"): void {
    this.#push({ kind: "gap", text, start: 0, end: 0 });
  }

  leaveOut(piece: Piece, start: number, end: number): void {
    this.#push({ kind: "leaveOut", piece, start, end });
  }

  /** Takes a space before away: what comes next, a full stop maybe, belongs to the word before what was left out. */
  join(): void {
    this.#push({ kind: "join", start: 0, end: 0 });
  }

  /** The block, or as much of it as has a text of `most` characters; `start` and `end` take in its marks. */
  build(piece: Piece, start: number, end: number, most: number): Block {
    const text = new TextBuilder(this.#document, most);
    const leftOut: LeftOut[] = [];
    for (const step of this.#steps) {
      if (text.isFull) {
        break;
      }
      if (step.kind === "leaveOut") {
        leftOut.push(step);
      } else if (step.kind === "gap") {
        text.gap(step.text);
      } else if (step.kind === "join") {
        text.join();
      } else if (step.kind === "put") {
        text.add(step.text, step.start, step.end);
      } else {
        text[step.kind](step.start, step.end);
      }
    }
    return { piece, text: text.text, runs: text.runs, leftOut, start, end };
  }

  #push(step: Step): void {
    if (this.#steps.length >= mostSteps) {
      throw new TooIntricate();
    }
    this.#steps.push(step);
  }
}

/** Puts the text of one block together. */
class TextBuilder {
  readonly runs: number[] = [];
  text = "";
  readonly #document: string;
  readonly #most: number;
  #gap = "";
  /** Where the text so far ends in the document. */
  #end = -1;

  constructor(document: string, most: number) {
    this.#document = document;
    this.#most = most;
  }

  get isFull(): boolean {
    return this.text.length > this.#most;
  }

  copy(start: number, end: number): void {
    this.add(this.#document.slice(start, end), start, end);
  }

  words(start: number, end: number): void {
    const slice = this.#document.slice(start, end);
    // What stands between these words is a gap as it is.
    const words = /[^ \t\r\n\f]+(?: [^ \t\r\n\f]+)*/g;
    let at = 0;
    for (let found = words.exec(slice); found && !this.isFull; found = words.exec(slice)) {
      if (found.index > at) {
        this.gap(" ");
      }
      at = words.lastIndex;
      this.add(found[0], start + found.index, start + at);
    }
    if (at < slice.length) {
      this.gap(" ");
    }
  }

  gap(text: " " | "\n"): void {
    this.#gap = this.#gap === "\n" ? this.#gap : text;
  }

  join(): void {
    this.#gap = this.#gap === " " ? "" : this.#gap;
  }

  add(text: string, start: number, end: number): void {
    if (text === "") {
      return;
    }
    if (this.#gap !== "" && this.runs.length > 0) {
      this.#append(this.#gap, this.#end, start);
    }
    this.#gap = "";
    this.#append(text, start, end);
    this.#end = end;
  }

  #append(text: string, start: number, end: number): void {
    const { runs } = this;
    const last = runs.length - 3;
    const continues =
      last >= 0 && runs[last] === (runs[last + 2] ?? 0) - (runs[last + 1] ?? 0) && runs[last + 2] === start;
    if (continues && text.length === end - start) {
      runs[last] = (runs[last] ?? 0) + text.length;
      runs[last + 2] = end;
    } else {
      runs.push(text.length, start, end);
    }
    this.text += text;
  }
}

/** The part of a block's runs that belongs to a stretch of its text. */
export function cutRuns(runs: readonly number[], start: number, end: number): number[] {
  const result: number[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += 3) {
    const length = runs[run] ?? 0;
    const from = runs[run + 1] ?? 0;
    const to = runs[run + 2] ?? 0;
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
    const length = runs[run] ?? 0;
    const from = runs[run + 1] ?? 0;
    const to = runs[run + 2] ?? 0;
    if (to > start && from < end) {
      const literal = length === to - from;
      first ??= at + (literal ? Math.max(0, start - from) : 0);
      last = at + (literal ? Math.min(length, end - from) : length);
    }
    at += length;
  }
  return first === null ? { start: 0, end: 0 } : { start: first, end: last };
}
