import { createScanner, type JSONScanner } from "jsonc-parser";
import { type Message, message } from "../common/message";
import { BlockBuilder, type Span } from "./block";
import { addEscape, jsonEscapes } from "./escapes";
import { lineEnd, lineStart, linesOf } from "./lines";
import { type DocumentReader, Findings, type Source } from "./reader";

/** The numbers that the scanner gives its tokens; the enumeration itself cannot be imported. */
const tokens = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  string: 10,
  unknown: 16,
  end: 17,
};
const lastTrivia = 15;
const firstTrivia = 12;

/** JSON, JSON with comments, and JSON a line: the text values, never the keys. */
export const jsonReader: DocumentReader = {
  name: "JSON",
  atCursor: "valueOfLine",
  read(source: Source, findings: Findings): Message | null {
    return readLines(source, findings) ? null : new JsonReader(source.text, findings).read();
  },
};

/** Reads the lines of the place where each is a value of its own, so that neither their number nor what is wrong in another one matters; `false` if one is not. */
function readLines({ text, start, end }: Source, findings: Findings): boolean {
  const first = lineStart(text, start);
  const last = lineEnd(text, end);
  for (const line of linesOf(text, first, last)) {
    const slice = text.slice(line.start, line.end).trim();
    if (slice !== "" && !/^(?:\{.*\}|\[.*\])$/.test(slice)) {
      return false;
    }
  }
  const found = new Findings({ start, end }, findings.most);
  for (const line of linesOf(text, first, last)) {
    if (new JsonReader(text, found, line).read()) {
      return false;
    }
    if (found.isFull) {
      break;
    }
  }
  findings.take(found);
  return found.blocks.length + found.leftOut.length > 0;
}

/** Adds what a string stands for; `start` and `end` take in its quotation marks. */
export function addJsonString(text: string, { start, end }: Span, block: BlockBuilder): void {
  const limit = end - 1;
  const inside = text.slice(0, limit);
  for (let at = start + 1; at < limit; ) {
    const found = inside.indexOf("\\", at);
    const stop = found < 0 ? limit : found;
    block.copy(at, stop);
    at = stop < limit ? addEscape(text, stop, limit, jsonEscapes, block) : limit;
  }
}

class JsonReader {
  readonly #text: string;
  readonly #findings: Findings;
  readonly #scanner: JSONScanner;
  /** The brackets that are open; of an object the name of the key that came last, and its values that are asked for. */
  readonly #open: { readonly bracket: number; key: string; readonly values: { name: string; start: number }[] }[] = [];
  /** The string that may be a key or a value, as the next token tells. */
  #pending: { readonly start: number; readonly end: number } | null = null;
  /** Whether a value has just ended, so that no other may start. */
  #afterValue = false;

  /** Where the scanner's text starts. */
  readonly #base: number;

  /** Reads all of a document, or a line of it. */
  constructor(text: string, findings: Findings, line?: Span) {
    this.#text = text;
    this.#findings = findings;
    this.#base = line?.start ?? 0;
    this.#scanner = createScanner(line ? text.slice(line.start, line.end) : text, false);
  }

  read(): Message | null {
    for (let token: number = this.#scanner.scan(); ; token = this.#scanner.scan()) {
      if (token >= firstTrivia && token <= lastTrivia) {
        if (this.#scanner.getTokenError() !== 0) {
          return this.#wrong();
        }
        continue;
      }
      if (token === tokens.colon) {
        const open = this.#open.at(-1);
        if (!this.#pending || open?.bracket !== tokens.openBrace) {
          return this.#wrong();
        }
        open.key = this.#text.slice(this.#pending.start + 1, this.#pending.end - 1);
        this.#findings.leaveOut("key", this.#pending.start, this.#pending.end);
        this.#pending = null;
        this.#afterValue = false;
        continue;
      }
      this.#take();
      if (token === tokens.end) {
        return this.#open.length > 0 ? message("A bracket is not closed.") : null;
      }
      const isNumber = token === tokens.unknown && this.#isNumberOfPython();
      if ((token === tokens.unknown && !isNumber) || this.#scanner.getTokenError() !== 0 || !this.#accepts(token)) {
        return this.#wrong();
      }
    }
  }

  /** Python writes numbers that JSON does not have. */
  #isNumberOfPython(): boolean {
    return /^-?(?:NaN|Infinity)$/.test(this.#scanner.getTokenValue());
  }

  /** Takes up a token, unless it cannot stand here. */
  #accepts(token: number): boolean {
    if (token === tokens.comma) {
      const follows = this.#afterValue && this.#open.length > 0;
      this.#afterValue = false;
      return follows;
    }
    if (token === tokens.closeBrace || token === tokens.closeBracket) {
      this.#afterValue = true;
      const open = this.#open.pop();
      this.#findings.enter(open?.values ?? []);
      return open?.bracket === (token === tokens.closeBrace ? tokens.openBrace : tokens.openBracket);
    }
    // Between lines of JSON there are no commas.
    if (this.#afterValue && this.#open.length > 0) {
      return false;
    }
    this.#afterValue = true;
    const start = this.#base + this.#scanner.getTokenOffset();
    if (token === tokens.openBrace || token === tokens.openBracket) {
      this.#open.push({ bracket: token, key: "", values: [] });
      this.#afterValue = false;
    } else if (token === tokens.string) {
      this.#pending = { start, end: start + this.#scanner.getTokenLength() };
    } else {
      this.#findings.leaveOut("number", start, start + this.#scanner.getTokenLength());
    }
    return true;
  }

  /** The pending string is a value after all. */
  #take(): void {
    const pending = this.#pending;
    this.#pending = null;
    if (pending && this.#findings.wants(pending.start, pending.end)) {
      const block = new BlockBuilder(this.#text);
      addJsonString(this.#text, pending, block);
      this.#findings.add(block, "value", pending.start, pending.end);
      const open = this.#open.at(-1);
      if (open?.bracket === tokens.openBrace) {
        open.values.push({ name: open.key, start: pending.start });
      }
    }
  }

  #wrong(): Message {
    return message("Line {0} is not valid JSON.", this.#scanner.getTokenStartLine() + 1);
  }
}
