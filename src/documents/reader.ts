import type { CodeLanguageName } from "../common/documentNames";
import type { Message } from "../common/message";
import type { Piece } from "../common/reading";
import type { Block, BlockBuilder, LeftOut, Span } from "./block";
import type { Entry } from "./entries";

/** What a reader is asked: a document, and the selection in it, or a cursor where both ends are equal. */
export interface Source extends Span {
  readonly text: string;
  /** The language of source code; `null` for other kinds. */
  readonly language: CodeLanguageName | null;
}

/** Takes what a reader finds; only what touches the selection or the cursor is kept. */
export class Findings {
  readonly blocks: Block[] = [];
  readonly leftOut: LeftOut[] = [];
  /** Which values are of one thing. */
  readonly entries: Entry[] = [];
  readonly #place: Span;
  /** More characters are not needed. */
  readonly most: number;
  #length = 0;

  constructor(place: Span, most: number) {
    this.#place = place;
    this.most = most;
  }

  /** Nothing more is needed. */
  get isFull(): boolean {
    return this.#length > this.most;
  }

  /** Whether a stretch of the document is asked for, so that its text is worth putting together. */
  wants(start: number, end: number): boolean {
    return !this.isFull && start <= this.#place.end && end >= this.#place.start;
  }

  /** Whether what is asked for begins before a place: what is not shown there is left out, unless somebody points into it. */
  beginsBefore(at: number): boolean {
    return this.#place.start <= at;
  }

  /** Takes a block if it is asked for and has some text; `start` and `end` take in its marks. */
  add(builder: BlockBuilder, piece: Piece, start: number, end: number): void {
    if (this.wants(start, end)) {
      const block = builder.build(piece, start, end, start < this.#place.start ? Number.POSITIVE_INFINITY : this.most);
      if (/\S/.test(block.text)) {
        this.blocks.push(block);
        this.#length += block.text.length;
      }
    }
  }

  /** Takes what another has found for the same place. */
  take({ blocks, leftOut, entries }: Pick<Findings, "blocks" | "leftOut" | "entries">): void {
    for (const block of blocks) {
      this.blocks.push(block);
      this.#length += block.text.length;
    }
    for (const one of leftOut) {
      this.leftOut.push(one);
    }
    for (const entry of entries) {
      this.entries.push(entry);
    }
  }

  /** Takes the values of one thing that are asked for, if there are several. */
  enter(entry: Entry): void {
    if (entry.length > 1) {
      this.entries.push(entry);
    }
  }

  leaveOut(piece: Piece, start: number, end: number): void {
    if (this.wants(start, end)) {
      this.leftOut.push({ piece, start, end });
    }
  }
}

/** Tells the text of one kind of document from its marks. */
export interface DocumentReader {
  /** What the kind is called after "3 paragraphs of". */
  readonly name: string;
  /**
   * What a cursor stands for: the sentence of the block, or of the one beside the mark it is in; all of it; or where it is in none the only block of its line. Where there is nothing, fields
   * and values are empty, and the line of the others is taken as it is.
   */
  readonly atCursor: "sentence" | "block" | "field" | "valueOfLine";
  /**
   * Hands blocks and what lies between them to `findings`, in order, at least those that touch the place. Time and stack do not grow faster than the
   * text. Returns why the document cannot be read, or `null`.
   */
  read(source: Source, findings: Findings): Message | null;
}
