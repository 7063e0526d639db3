import type { BlockBuilder, Span } from "./block";

/** What may be a mark inside a paragraph. */
const marks = /\\[\s\S]|``|:[\w.+:-]{1,60}:(?=`)|`|\*\*?|\|(?=\S)|\]_|_{1,2}(?![\w`])|::[ \t]*$/g;

/** Adds running text without its marks: emphasis, literals, roles, references, substitutions. */
export function addInline(text: string, { start, end }: Span, block: BlockBuilder): void {
  new Inline(text, end, block).read(start);
}

class Inline {
  readonly #text: string;
  readonly #end: number;
  readonly #block: BlockBuilder;
  #at = 0;
  /** The role of the text that comes next. */
  #role = "";
  /** Marks that have no partner from here on. */
  readonly #alone = new Set<string>();

  constructor(text: string, end: number, block: BlockBuilder) {
    this.#text = text;
    this.#end = end;
    this.#block = block;
  }

  read(start: number): void {
    this.#at = start;
    const slice = this.#text.slice(start, this.#end);
    marks.lastIndex = 0;
    for (let found = marks.exec(slice); found; found = marks.exec(slice)) {
      const place = start + found.index;
      this.#mark(found[0], place, place + found[0].length);
      marks.lastIndex = Math.max(marks.lastIndex, this.#at - start);
    }
    this.#block.words(this.#at, this.#end);
  }

  #mark(mark: string, start: number, end: number): void {
    if (mark.startsWith("\\")) {
      this.#skip(start, end);
      if (/\S/.test(mark.slice(1))) {
        this.#block.put(mark.slice(1), start, end);
      }
    } else if (mark === "``") {
      const close = this.#partner(mark, end);
      if (close !== null) {
        this.#leaveOut(start, end);
        this.#skip(close, close + 2);
      }
    } else if (mark === "`") {
      this.#interpreted(start, end);
    } else if (mark === "*" || mark === "**") {
      this.#emphasis(mark, start, end);
    } else if (mark === "|") {
      this.#leaveOutPair(mark, start, end);
    } else if (mark === "::" || mark.startsWith("::")) {
      // Two colons that announce a literal block are printed as one.
      this.#skip(start, start);
      if (/\S/.test(this.#text[start - 1] ?? " ")) {
        this.#block.copy(start, start + 1);
      }
      this.#at = this.#end;
    } else if (mark === "]_") {
      this.#footnote(start, end);
    } else if (mark.startsWith(":")) {
      this.#role = mark;
      this.#leaveOut(start, end);
    } else if (/\w/.test(this.#text[start - 1] ?? "")) {
      this.#leaveOut(start, end);
    }
  }

  /** `text`, `text <address>`_ and what a role says of it. */
  #interpreted(start: number, end: number): void {
    const close = this.#partner("`", end);
    const role = this.#role;
    this.#role = "";
    if (close === null) {
      return;
    }
    if (role === ":math:") {
      this.#skip(start, close + 1);
      this.#block.leaveOut("formula", start, close + 1);
      return;
    }
    this.#leaveOut(start, end);
    const content = this.#text.slice(end, close);
    const address = /\s*<[^<>]*>$/.exec(content)?.index ?? -1;
    // A tilde has only the last part of a name shown.
    const first = role !== "" && content.startsWith("~") ? content.lastIndexOf(".") + 1 || 1 : 0;
    this.#block.words(end + first, address > 0 ? end + address : close);
    const tail = /`(?:__?|:[\w.+:-]{1,60}:)?/y;
    tail.lastIndex = close;
    tail.test(this.#text);
    this.#at = tail.lastIndex;
    if (address > 0) {
      this.#block.leaveOut("linkAddress", end + address, close);
    }
  }

  #emphasis(mark: string, start: number, end: number): void {
    const opens = !/\w/.test(this.#text[start - 1] ?? " ") && /\S/.test(this.#text[end] ?? " ");
    const close = opens ? this.#partner(mark, end) : null;
    if (close !== null) {
      this.#skip(start, end);
      this.#block.leaveOut("mark", start, end);
      this.#skip(close, close + mark.length);
    }
  }

  #leaveOutPair(mark: string, start: number, end: number): void {
    const close = this.#partner(mark, end);
    if (close !== null) {
      this.#leaveOut(start, end);
      this.#skip(close, close + mark.length);
    }
  }

  /** `[1]_`: a footnote's number is no text. */
  #footnote(start: number, end: number): void {
    const open = this.#text.lastIndexOf("[", start);
    if (open >= this.#at && start - open < 60) {
      this.#skip(open, end);
      this.#block.leaveOut("mark", open, end);
    } else {
      this.#leaveOut(start + 1, end);
    }
  }

  /** Where the same mark closes: behind text. */
  #partner(mark: string, from: number): number | null {
    if (this.#alone.has(mark)) {
      return null;
    }
    for (let at = this.#text.indexOf(mark, from); at >= 0 && at < this.#end; at = this.#text.indexOf(mark, at + 1)) {
      if (at > from && /\S/.test(this.#text[at - 1] ?? " ")) {
        return at;
      }
    }
    this.#alone.add(mark);
    return null;
  }

  #leaveOut(start: number, end: number): void {
    this.#skip(start, end);
    this.#block.leaveOut("mark", start, end);
  }

  /** Takes the text before `start`, and goes on behind `end`. */
  #skip(start: number, end: number): void {
    if (start > this.#at) {
      this.#block.words(this.#at, start);
    }
    this.#at = Math.max(this.#at, end);
  }
}
