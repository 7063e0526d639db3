import type { Span } from "../block";
import type { StringForm } from "./forms";
import type { Found } from "./found";
import type { Run } from "./run";

/** What is open around a place: where it started, where to go on if it is nothing after all, and how much had been found before it. */
interface Open {
  readonly start: number;
  readonly resume: number;
  readonly first: number;
}

/** A string that is open. */
export interface StringFrame extends Open {
  readonly kind: "string";
  readonly form: StringForm;
  readonly close: string;
  readonly holes: Span[];
}

/** An expression in a string or an element. */
export interface HoleFrame extends Open {
  readonly kind: "hole";
  readonly close: string;
  depth: number;
}

/** An element that is open: in its tag, or in its content. */
export interface ElementFrame extends Open {
  readonly kind: "tag" | "content";
  readonly name: string;
  readonly run: Run;
  /** Its text is part of the text around it. */
  readonly flows: boolean;
}

/** After so many searches up to the text's end nothing is looked for that may close in ever other ways. */
const mostSearches = 20;

/** More strings, expressions and elements in each other than this nobody writes. */
const mostDepth = 300;

/** What is open around the place that a scanner has come to, and what it has found. */
export class ScanState {
  readonly stack: (StringFrame | HoleFrame | ElementFrame)[] = [];
  done: Found[] = [];
  readonly #length: number;
  /** Up to where what opens a string opens none. */
  readonly #unclosed = new Map<string, number>();
  #searches = 0;

  constructor(length: number) {
    this.#length = length;
  }

  /** Whether what may close in many ways, each with a search of its own, is still looked for. */
  get isPatient(): boolean {
    return this.#searches < mostSearches;
  }

  get isTooDeep(): boolean {
    return this.stack.length > mostDepth;
  }

  /** Whether a string that opens at a place may close. */
  mayClose(form: StringForm, close: string, start: number): boolean {
    return (close === form.close || this.isPatient) && (this.#unclosed.get(`${form.open} ${close}`) ?? -1) <= start;
  }

  openHole(close: string, start: number, resume: number): void {
    this.stack.push({ kind: "hole", close, start, resume, first: this.done.length, depth: 0 });
  }

  /** Takes back what was opened at a depth, since it does not close before `until`, and returns where to go on. */
  abandon(depth: number, until: number): number {
    const frame = this.stack[depth];
    this.stack.length = depth;
    if (!frame) {
      return until;
    }
    this.done.length = frame.first;
    if (frame.kind === "string") {
      this.#unclosed.set(`${frame.form.open} ${frame.close}`, until);
    }
    this.#searches += frame.kind !== "string" || until === this.#length ? 1 : 0;
    return frame.resume;
  }
}
