/** One edit of a document: `length` UTF-16 units at `offset` were replaced by `text`. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** A stretch of a document as UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where an offset is after an edit; `sticky` offsets stay before text inserted exactly at them. */
function moveOffset(offset: number, edit: Edit, sticky: boolean): number {
  const editEnd = edit.offset + edit.length;
  if (offset < edit.offset || (offset === edit.offset && (sticky || edit.length > 0))) {
    return offset;
  }
  if (offset >= editEnd) {
    return offset + edit.text.length - edit.length;
  }
  return edit.offset + (sticky ? 0 : edit.text.length);
}

/** Where a stretch is after an edit: it grows by what is typed inside, and not by what is typed at its ends. */
function moveSpan(span: Span, edit: Edit): Span {
  const start = moveOffset(span.start, edit, edit.offset < span.start && edit.offset + edit.length > span.start);
  const end = moveOffset(span.end, edit, true);
  return { start, end: Math.max(start, end) };
}

/** Where a stretch is after an edit when what is typed at its ends belongs to it. */
function growSpan(span: Span, edit: Edit): Span {
  const start = moveOffset(span.start, edit, true);
  return { start, end: Math.max(start, moveOffset(span.end, edit, false)) };
}

/**
 * Follows an explained stretch of a document through edits. Text typed before it moves it, text changed inside makes it stale, and
 * whatever brings the same text back (undo, or typing it again) makes it fresh.
 */
export class TrackedRange {
  readonly text: string;
  #span: Span;
  #parts: Span[];
  readonly #original: readonly Span[];
  #stale = false;

  /** `text` is what stands at `start`; `parts` are stretches of it, relative to its start, that are followed too. */
  constructor(start: number, text: string, parts: readonly Span[] = []) {
    this.text = text;
    this.#span = { start, end: start + text.length };
    this.#original = parts;
    this.#parts = this.#fresh();
  }

  get start(): number {
    return this.#span.start;
  }

  get end(): number {
    return this.#span.end;
  }

  /** The text at this place is no longer the text that was explained. */
  get stale(): boolean {
    return this.#stale;
  }

  /** The followed stretches as document offsets; those whose text was deleted are empty. */
  get parts(): readonly Span[] {
    return this.#parts;
  }

  /**
   * Applies edits as an editor reports them: offsets count in the document before all of them, and none overlap. `slice` reads the document
   * after them. After an undo (`restoring`), or when an edit replaces more than the whole stretch, the text may come back at another place:
   * it is looked for in what was inserted.
   */
  apply(edits: readonly Edit[], slice: (start: number, end: number) => string, restoring: boolean): void {
    const before = this.#span;
    const swallowed = edits.some((edit) => edit.offset <= before.start && edit.offset + edit.length >= before.end);
    const ordered = [...edits].sort((a, b) => b.offset - a.offset);
    for (const edit of ordered) {
      this.#span = this.#stale ? growSpan(this.#span, edit) : moveSpan(this.#span, edit);
      this.#parts = this.#parts.map((part) => moveSpan(part, edit));
    }
    this.#settle(slice);
    if (this.#stale && (restoring || swallowed)) {
      this.#lookBeside(edits, slice, before.start);
    }
  }

  /** Takes up a new place for the same text, as when a document was closed and opened again. */
  relocate(start: number): void {
    this.#span = { start, end: start + this.text.length };
    this.#parts = this.#fresh();
    this.#stale = false;
  }

  #fresh(): Span[] {
    const { start } = this.#span;
    return this.#original.map((part) => ({ start: start + part.start, end: start + part.end }));
  }

  #settle(slice: (start: number, end: number) => string): void {
    const { start, end } = this.#span;
    const same = end - start === this.text.length && slice(start, end) === this.text;
    if (same && this.#stale) {
      this.#parts = this.#fresh();
    }
    this.#stale = !same;
  }

  /** Looks for the text where it touches an edit, and takes the place nearest to where it was. */
  #lookBeside(edits: readonly Edit[], slice: (start: number, end: number) => string, near: number): void {
    const reach = this.text.length - 1;
    const windows: Span[] = [];
    let shift = 0;
    for (const edit of [...edits].sort((a, b) => a.offset - b.offset)) {
      const offset = edit.offset + shift;
      shift += edit.text.length - edit.length;
      windows.push({ start: Math.max(0, offset - reach), end: offset + edit.text.length + reach });
    }
    let best: number | null = null;
    for (const { start, end } of windows) {
      const window = slice(start, end);
      for (let found = window.indexOf(this.text); found >= 0; found = window.indexOf(this.text, found + 1)) {
        const place = start + found;
        if (best === null || Math.abs(place - near) < Math.abs(best - near)) {
          best = place;
        }
      }
    }
    if (best !== null) {
      this.relocate(best);
    }
  }
}
