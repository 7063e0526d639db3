import type { Span } from "../block";
import { inlineElements } from "../inlineElements";
import { elementText } from "./forms";
import type { Found } from "./found";

/** Text of elements that goes on over tags and expressions in it, up to an element that stands for itself. */
export class Run {
  readonly #text: string;
  #start = 0;
  #holes: Span[] = [];
  #first = 0;
  #hasText = false;
  /** Up to where the text has been looked through. */
  #seen = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Starts anew at a place, where `done` is what has been found. */
  begin(start: number, done: readonly Found[]): void {
    this.#start = start;
    this.#seen = start;
    this.#holes = [];
    this.#first = done.length;
    this.#hasText = false;
  }

  /** Whether the text goes on in an element that starts at a place: one of running text, or one of an unknown kind in the middle of some. */
  flowsThrough(name: string, start: number): boolean {
    this.#look(start);
    return inlineElements.has(name) || (/^[A-Z]/.test(name) && this.#hasText);
  }

  /** Leaves a tag out. */
  leaveOut(span: Span): void {
    this.#look(span.start);
    this.#holes.push(span);
    this.#seen = span.end;
  }

  /** Leaves an expression out; one that holds texts of elements, found from `first` on, ends the run. */
  leaveExpressionOut(span: Span, first: number, done: Found[]): void {
    if (!done.slice(first).some(({ form }) => form?.markup === "element")) {
      this.leaveOut(span);
      return;
    }
    const inside = done.splice(first);
    this.end(span.start, done);
    for (const found of inside) {
      done.push(found);
    }
    this.begin(span.end, done);
  }

  /** Ends before a place; with some text it is found, together with what stands in its expressions. */
  end(end: number, done: Found[]): void {
    this.#look(end);
    if (this.#hasText) {
      const inner = { start: this.#start, end };
      const nested = done.splice(this.#first);
      done.push({ kind: "string", ...inner, inner, form: elementText, holes: this.#holes, nested });
    }
    this.begin(end, done);
  }

  #look(end: number): void {
    this.#hasText ||= /\S/.test(this.#text.slice(this.#seen, end));
    this.#seen = Math.max(this.#seen, end);
  }
}
