/** What stands between the fields of a record. */
export type Separator = "," | ";" | "\t";

/** Hears of the parts of delimited text, in order; offsets count from the first piece's start. */
export interface DelimitedParts {
  /** Text of the field, as it stands: a stretch of a piece that starts at `base`. */
  text(piece: string, start: number, end: number, base: number): void;
  /** A quotation mark that opens or closes, or the first of two that stand for one. */
  mark(kind: "open" | "close" | "doubled", at: number): void;
  /** The field ends before `at`; `isLast` in its record. */
  fieldEnd(at: number, isLast: boolean): void;
}

/** Where a scanner stands: before a field's first character, in a field, between quotation marks, or after a mark that may be the closing one. */
type State = "start" | "plain" | "quoted" | "closing";

/**
 * Takes delimited text that comes in pieces apart, as RFC 4180 has it: fields in quotation marks may hold separators, line ends and doubled quotation
 * marks; lines end with CRLF, LF or CR.
 */
export class DelimitedScanner {
  readonly #parts: DelimitedParts;
  readonly #special: RegExp;
  readonly #separator: Separator;
  #state: State = "start";
  /** Where the current piece starts. */
  #base = 0;
  #line = 1;
  #recordLine = 1;
  #afterReturn = false;

  constructor(separator: Separator, parts: DelimitedParts) {
    this.#separator = separator;
    this.#special = new RegExp(`[${separator}\\r\\n]`, "g");
    this.#parts = parts;
  }

  /** The line on which the current record starts, counted from 1. */
  get recordLine(): number {
    return this.#recordLine;
  }

  /** Reads the next piece, up to the end of the first field that starts behind `last`. */
  push(text: string, last = Number.POSITIVE_INFINITY): void {
    for (let at = 0; at < text.length && (this.#state !== "start" || this.#base + at <= last); ) {
      at = this.#step(text, at);
    }
    this.#base += text.length;
  }

  /** Ends the last record; `false` where a quotation mark is open. */
  end(): boolean {
    if (this.#state === "quoted") {
      return false;
    }
    this.#endField(this.#base, true);
    return true;
  }

  /** Reads on from `at`, as far as the state stays the same, and returns where it changes. */
  #step(text: string, at: number): number {
    if (this.#state === "quoted") {
      const found = text.indexOf('"', at);
      const end = found < 0 ? text.length : found;
      this.#countLines(text.slice(at, end));
      this.#text(text, at, end);
      if (found >= 0) {
        this.#state = "closing";
        this.#afterReturn = false;
      }
      return end + 1;
    }
    const character = text[at];
    const endsReturn = this.#afterReturn && character === "\n";
    this.#afterReturn = false;
    if (endsReturn) {
      return at + 1;
    }
    if (character === '"' && this.#state !== "plain") {
      const isDoubled = this.#state === "closing";
      this.#parts.mark(isDoubled ? "doubled" : "open", this.#base + at - (isDoubled ? 1 : 0));
      this.#state = "quoted";
      return at + 1;
    }
    this.#close(this.#base + at - 1);
    this.#special.lastIndex = at;
    const end = this.#special.exec(text)?.index ?? text.length;
    this.#text(text, at, end);
    if (text[end] === this.#separator) {
      this.#endField(this.#base + end, false);
    } else if (end < text.length) {
      this.#line++;
      this.#afterReturn = text[end] === "\r";
      this.#endField(this.#base + end, true);
    }
    return end + 1;
  }

  /** What follows a mark that may be the closing one has made it that. */
  #close(at: number): void {
    if (this.#state === "closing") {
      this.#parts.mark("close", at);
    }
    this.#state = "plain";
  }

  #text(text: string, start: number, end: number): void {
    if (start < end) {
      this.#parts.text(text, start, end, this.#base);
    }
  }

  #countLines(text: string): void {
    const rest = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#line += rest.match(/\r\n?|\n/g)?.length ?? 0;
    this.#afterReturn = text === "" ? this.#afterReturn : text.endsWith("\r");
  }

  #endField(at: number, isLast: boolean): void {
    this.#close(at - 1);
    this.#parts.fieldEnd(at, isLast);
    this.#state = "start";
    this.#recordLine = isLast ? this.#line : this.#recordLine;
  }
}

/** Longest first record that is looked at for its separator. */
const longestHead = 10_000;
/** A quotation mark opens only where a field starts. */
const quoted = /(?<=^|[,;\t])"(?:[^"]|"")*"/g;
const firstRecord = new RegExp(`^(?:${quoted.source}|(?!(?<=^|[,;\\t])")[^\\r\\n])*`);

/** What separates the fields of a file whose text starts with `head`: a semicolon or a tab where its first record has no comma; `null` if that may go on. */
export function separatorOf(head: string, isAll: boolean): Separator | null {
  const first = firstRecord.exec(head.slice(0, longestHead))?.[0] ?? "";
  if (!/[\r\n]/.test(head[first.length] ?? "") && !isAll && head.length <= longestHead) {
    return null;
  }
  const unquoted = first.replace(quoted, "");
  if (unquoted.includes(",")) {
    return ",";
  }
  // In running text a semicolon has a space behind it.
  return /;(?! )/.test(unquoted) ? ";" : unquoted.includes("\t") ? "\t" : ",";
}

/** A field of a line, with its quotation marks if it has them around it. */
export interface TabbedField {
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

/** The fields of a line between tabs. Quotation marks are text, as in most data sets, except around a whole field in which every other one is doubled. */
export function* tabbedFields(line: string): Generator<TabbedField> {
  for (let start = 0; start <= line.length; ) {
    const found = line.indexOf("\t", start);
    const end = found < 0 ? line.length : found;
    yield { start, end, isQuoted: line[start] === '"' && /^"(?:[^"]|"")*"$/.test(line.slice(start, end)) };
    start = end + 1;
  }
}
