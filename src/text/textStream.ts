/** What a tokenizer makes of ids. */
type Decode = (ids: readonly number[]) => string;

const replacement = "\ufffd";
/** A character has four bytes at most, so that no more than three tokens wait for its end. */
const mostWaiting = 3;
/** Tokens that are decoded again with each new one, so that spaces and characters of several tokens come out right. */
const mostKept = 64;
const leastKept = 16;

/**
 * The text of tokens that come one after the other: each gives what is certain by then, so that a character whose bytes are spread over several tokens comes with
 * the last of them. Joined, the parts are the text of all tokens.
 */
export class TextStream {
  readonly #decode: Decode;
  /** The last tokens. */
  #ids: number[];
  #text: string;
  /** UTF-16 units of {@link #text} that were given. */
  #given: number;

  /** `before`: the tokens in front, whose text is not given. */
  constructor(decode: Decode, before: readonly number[]) {
    this.#decode = decode;
    this.#ids = before.slice(-leastKept);
    this.#text = decode(this.#ids);
    this.#given = this.#text.length;
  }

  /** The text that is certain with one token more; may be empty. */
  push(id: number): string {
    this.#ids.push(id);
    this.#text = this.#decode(this.#ids);
    const waiting = waitingAt(this.#text);
    const text = this.#upTo(this.#text.length - waiting);
    if (this.#ids.length > mostKept) {
      this.#ids = this.#ids.slice(-leastKept);
      this.#text = this.#decode(this.#ids);
      this.#given = this.#text.length - waiting;
    }
    return text;
  }

  /** What is left when no token comes any more. */
  end(): string {
    return this.#upTo(this.#text.length);
  }

  #upTo(end: number): string {
    const text = this.#text.slice(this.#given, end);
    this.#given = Math.max(this.#given, end);
    return text;
  }
}

/** How many characters at the end may still become others. */
function waitingAt(text: string): number {
  let count = 0;
  while (count < mostWaiting && text[text.length - 1 - count] === replacement) {
    count++;
  }
  return count;
}
