import { isKeyOf } from "./checks";
import { type Message, message } from "./message";

/** The kinds of documents whose text can be told from its marks. */
export const documentKinds = [
  "markdown",
  "restructuredtext",
  "html",
  "xml",
  "latex",
  "json",
  "yaml",
  "csv",
  "tsv",
  "ini",
  "properties",
  "notebook",
  "code",
  "log",
  "subtitles",
  "plain",
] as const;

/** One of {@link documentKinds}. */
export type DocumentKind = (typeof documentKinds)[number];

/** What a reader has found, or has left out of the text. */
export type Piece = keyof typeof pieceWords;

/** How many of one kind of piece were read or left out. */
export interface PieceCount {
  readonly piece: Piece;
  readonly count: number;
}

/** Which part of a document to read: a selection, or a cursor where both ends are equal. UTF-16 offsets, end exclusive. */
export interface ReadRequest {
  readonly text: string;
  /** Added to every offset of the result: where `text` begins in the whole document. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
  /** The editor's name of the language, or a name of a kind or language after `--as`; empty where only the path is known. */
  readonly language: string;
  /** The document's path, of which the extension is looked at. */
  readonly path: string;
}

/** The plain text of a part of a document, and where each of its characters stands there. */
export interface Reading {
  readonly kind: DocumentKind | "raw";
  /** What the kind is called. */
  readonly name: string;
  readonly text: string;
  /**
   * Three numbers a stretch of the text: its length, and its start and end in the document. Where both are equally long each UTF-16 unit stands for
   * one; where they are not, each unit of the stretch stands for all of it, as "é" does for `&eacute;`.
   */
  readonly runs: readonly number[];
  readonly read: readonly PieceCount[];
  readonly leftOut: readonly PieceCount[];
  /** What else a person should know: why the text is raw, or that cut words were completed. */
  readonly notes: readonly Message[];
}

/** How a text stands in its document, where it was read from it; places are relative to the start of the explained stretch. */
export interface ReadText {
  /** The document's own stretch. */
  readonly raw: string;
  readonly text: string;
  /** See `Reading.runs`. */
  readonly runs: readonly number[];
  /** What was read and left out; `null` for a text that was taken as it is. */
  readonly words: Reading | null;
  /** What else a person should know about it. */
  readonly notes: readonly Message[];
}

/** A reading whose places are relative to `start`, where `raw` stands. */
export function readTextOf(reading: Reading, start: number, raw: string): ReadText {
  const { text, notes, kind } = reading;
  const runs = reading.runs.map((value, index) => (index % 3 === 0 ? value : value - start));
  return { raw, text, runs, words: kind === "raw" ? null : reading, notes };
}

/** Singular and plural of each piece; a plural without `{0}` is not counted. */
const pieceWords = {
  paragraph: ["1 paragraph", "{0} paragraphs"],
  heading: ["1 heading", "{0} headings"],
  listItem: ["1 list item", "{0} list items"],
  cell: ["1 cell", "{0} cells"],
  field: ["1 field", "{0} fields"],
  value: ["1 value", "{0} values"],
  comment: ["1 comment", "{0} comments"],
  string: ["1 string", "{0} strings"],
  line: ["1 line", "{0} lines"],
  cue: ["1 subtitle", "{0} subtitles"],
  sentence: ["1 sentence", "{0} sentences"],
  mark: ["marks", "marks"],
  linkAddress: ["1 link address", "{0} link addresses"],
  tag: ["1 tag", "{0} tags"],
  script: ["1 script or style sheet", "{0} scripts or style sheets"],
  hidden: ["1 hidden part", "{0} hidden parts"],
  codeBlock: ["1 code block", "{0} code blocks"],
  frontMatter: ["the front matter", "the front matter"],
  formula: ["1 formula", "{0} formulas"],
  command: ["1 command", "{0} commands"],
  directive: ["1 directive", "{0} directives"],
  key: ["1 key", "{0} keys"],
  number: ["1 number", "{0} numbers"],
  timestamp: ["1 time", "{0} times"],
  expression: ["1 expression", "{0} expressions"],
  code: ["code", "code"],
} as const;

/** Whether a value names a piece. */
export const isPiece = isKeyOf(pieceWords);

/** A piece and its number in words, such as "3 paragraphs". */
function pieceMessage({ piece, count }: PieceCount): Message {
  const [one, many] = pieceWords[piece];
  return count === 1 ? message(one) : message(many, count);
}

/** What was read and what was left out, such as "Read: 3 paragraphs of Markdown; left out: 2 link addresses, marks."; `null` for raw text. */
export function readingMessage(
  { kind, name, read, leftOut }: Reading,
  words: (message: Message) => string,
): Message | null {
  if (kind === "raw") {
    return null;
  }
  const list = (pieces: readonly PieceCount[]): string => pieces.map((piece) => words(pieceMessage(piece))).join(", ");
  return leftOut.length === 0
    ? message("Read: {0} of {1}.", list(read), name)
    : message("Read: {0} of {1}; left out: {2}.", list(read), name, list(leftOut));
}

/** Says where the characters of a reading's text stand in its document. */
export class OffsetMap {
  readonly #text: string;
  readonly #runs: readonly number[];
  /** Where each run starts in the text. */
  readonly #starts: number[] = [];

  constructor({ text, runs }: Pick<Reading, "text" | "runs">) {
    this.#text = text;
    this.#runs = runs;
    for (let run = 0, at = 0; run < runs.length; run += 3) {
      this.#starts.push(at);
      at += runs[run] ?? 0;
    }
  }

  /** The stretch of the document that a stretch of the text stands for; surrogate pairs stay whole, and an empty stretch stays empty. */
  toDocument({ start, end }: { readonly start: number; readonly end: number }): { start: number; end: number } {
    if (end <= start) {
      const place = start < this.#text.length ? this.#unit(start).start : this.#unit(this.#text.length - 1).end;
      return { start: place, end: place };
    }
    const first = isLow(this.#text, start) ? start - 1 : start;
    const last = isLow(this.#text, end) ? end : end - 1;
    return { start: this.#unit(first).start, end: this.#unit(last).end };
  }

  /** The document's stretch of one UTF-16 unit, half a pair maybe. */
  #unit(at: number): { start: number; end: number } {
    let low = 0;
    for (let high = this.#starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      [low, high] = (this.#starts[middle] ?? 0) <= at ? [middle, high] : [low, middle];
    }
    const [length = 0, start = 0, end = 0] = this.#runs.slice(3 * low, 3 * low + 3);
    const inside = at - (this.#starts[low] ?? 0);
    return length === end - start ? { start: start + inside, end: start + inside + 1 } : { start, end };
  }
}

/** Whether the unit at `at` is the second half of a surrogate pair. */
function isLow(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1)) && at > 0;
}
