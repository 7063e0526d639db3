/** A line of a file, counted from 1; `null` where it is longer than {@link maximumRecordCharacters}. */
export interface Line {
  readonly line: number;
  readonly content: string | null;
}

/** Longest line or record that is held, in UTF-16 units: far more than any text that can be explained. */
export const maximumRecordCharacters = 1_000_000;

/** Splits text that comes in pieces into lines. They end with CRLF, LF or, unless `newlinesOnly`, CR; with it a CR stays part of the line. */
export class LineReader {
  readonly #newlinesOnly: boolean;
  #line = 1;
  #rest = "";
  #tooLong = false;
  #afterReturn = false;

  constructor({ newlinesOnly }: { readonly newlinesOnly: boolean }) {
    this.#newlinesOnly = newlinesOnly;
  }

  /** The lines that end in the next piece. */
  push(text: string): Line[] {
    const lines: Line[] = [];
    let start = this.#afterReturn && text.startsWith("\n") ? 1 : 0;
    this.#afterReturn &&= text === "";
    const lineEnd = this.#newlinesOnly ? /\n/g : /\r\n?|\n/g;
    lineEnd.lastIndex = start;
    for (let found = lineEnd.exec(text); found; found = lineEnd.exec(text)) {
      this.#add(text.slice(start, found.index));
      lines.push(this.#endLine());
      start = lineEnd.lastIndex;
      // The rest of this line's end may be in the next piece.
      this.#afterReturn = start === text.length && found[0] === "\r";
    }
    this.#add(text.slice(start));
    return lines;
  }

  /** What follows the last line end. */
  end(): Line[] {
    return [this.#endLine()];
  }

  #add(text: string): void {
    this.#tooLong ||= this.#rest.length + text.length > maximumRecordCharacters;
    this.#rest = this.#tooLong ? "" : this.#rest + text;
  }

  #endLine(): Line {
    const line = { line: this.#line++, content: this.#tooLong ? null : this.#rest };
    this.#rest = "";
    this.#tooLong = false;
    return line;
  }
}
