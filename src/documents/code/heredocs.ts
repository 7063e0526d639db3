import type { Span } from "../block";
import { noEscapes } from "../escapes";
import { lineEnd } from "../lines";
import type { Heredoc, StringForm } from "./forms";

/** A text that was announced, and where it ends. */
interface Body {
  readonly inner: Span;
  readonly end: number;
  readonly form: StringForm;
  readonly holes: readonly Span[];
}

/** Texts in the lines below the one that announces them. */
export class Heredocs {
  readonly #text: string;
  readonly #open: RegExp;
  readonly #hole: RegExp;
  readonly #plain: StringForm;
  /** What has been announced on the line that ends at `#lineEnd`. */
  #waiting: { readonly tag: string; readonly isPlain: boolean; readonly isMovedIn: boolean }[] = [];
  #lineEnd = 0;
  /** Where the lines start that hold nothing but a word, by word; made when it is first needed. */
  #words: Map<string, number[]> | null = null;

  constructor(text: string, { open, escapes, hole }: Heredoc) {
    this.#text = text;
    this.#open = new RegExp(open, "y");
    this.#hole = hole;
    this.#plain = { open: "", close: "", escapes };
  }

  /** Takes up what is announced at a place, and returns behind it; `null` where nothing is, or where nothing would end it. */
  announce(start: number): number | null {
    this.#open.lastIndex = start;
    const { quote = "", tag = "", indent = "" } = this.#open.exec(this.#text)?.groups ?? {};
    const behind = this.#open.lastIndex;
    const ends = tag === "" ? undefined : this.#endings().get(tag);
    if ((ends?.at(-1) ?? -1) <= start) {
      return null;
    }
    this.#lineEnd = lineEnd(this.#text, start);
    this.#waiting.push({ tag, isPlain: quote === "'" || quote === "\\", isMovedIn: indent !== "" });
    return behind;
  }

  /** The texts that start before `at`, if some were announced before it. */
  body(at: number): { readonly texts: readonly Body[]; readonly end: number } | null {
    if (this.#waiting.length === 0 || at <= this.#lineEnd) {
      return null;
    }
    const texts: Body[] = [];
    let start = this.#lineEnd + 1;
    for (const { tag, isPlain, isMovedIn } of this.#waiting) {
      const close = this.#ending(tag, start);
      if (close === undefined) {
        continue;
      }
      const inner = { start, end: close };
      const form = { ...this.#plain, isTextBlock: isMovedIn };
      texts.push({
        inner,
        end: close,
        form: isPlain ? { ...form, escapes: noEscapes } : form,
        holes: isPlain ? [] : this.#holes(inner),
      });
      start = lineEnd(this.#text, close);
    }
    this.#waiting = [];
    return { texts, end: start };
  }

  #holes({ start, end }: Span): Span[] {
    return [...this.#text.slice(start, end).matchAll(this.#hole)].map(({ index, 0: { length } }) => ({
      start: start + index,
      end: start + index + length,
    }));
  }

  /** Where the first line from `start` on stands that holds nothing but a word. */
  #ending(tag: string, start: number): number | undefined {
    const lines = this.#endings().get(tag) ?? [];
    let low = 0;
    for (let high = lines.length; low < high; ) {
      const middle = (low + high) >> 1;
      [low, high] = (lines[middle] ?? 0) < start ? [middle + 1, high] : [low, middle];
    }
    return lines[low];
  }

  #endings(): Map<string, number[]> {
    if (!this.#words) {
      this.#words = new Map();
      for (const { index, 1: word = "" } of this.#text.matchAll(/^[ \t]*([A-Za-z_]\w*)(?=[;,)\]. \t]*$)/gm)) {
        const places = this.#words.get(word) ?? [];
        places.push(index);
        this.#words.set(word, places);
      }
    }
    return this.#words;
  }
}
