import * as vscode from "vscode";
import type { ExplainRequest, Explanation } from "../common/explanation";
import type { ReadText } from "../common/reading";
import { type Explained, overlaps, trackExplanation } from "./explained";
import { editsOf, sliceOf, textOf } from "./offsets";
import { openDocument, sameUri } from "./openDocuments";
import { Replacements } from "./replacements";
import { TrackedRange } from "./trackedRange";

/** So many of the explained documents that were closed last keep their explanations, for when they are opened again. */
const mostClosed = 8;

/** What is to be explained: the start of a stretch of a document, and how its text was read. */
export interface Placed {
  readonly start: number;
  readonly read: ReadText;
}

/** Every explanation of every document, led through the edits of its text and over the closing and opening of its document. */
export class Explanations implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[] = [this.#changed];
  readonly #replacements = new Replacements();
  /** How lines ended when a document with explanations was last heard of. */
  readonly #lineEnds = new WeakMap<vscode.TextDocument, vscode.EndOfLine>();
  /** Documents that were closed, the last one last. */
  #closed: vscode.Uri[] = [];
  #all: Explained[] = [];
  #nextId = 1;
  #announced = false;
  /** Fires, at most once per turn of the event loop, when anything that a view shows has changed. */
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#disposables.push(
      vscode.workspace.onDidChangeTextDocument((event) => this.#follow(event)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#reopen(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#close(uri)),
    );
  }

  /** Everything known, oldest first, also what is hidden. */
  get all(): readonly Explained[] {
    return this.#all;
  }

  /** The runs under way and waiting, in their order. */
  get running(): readonly Explained[] {
    return this.#all.filter((explained) => explained.run);
  }

  /** What failed since something was last asked; it is followed through edits, so that it can be tried again. */
  get failed(): readonly Explained[] {
    return this.#all.filter(({ run, explanation, uri }) => !run && !explanation && openDocument(uri));
  }

  /** What a document shows, oldest first: everything with an explanation that no newer one covers. */
  shown(uri: vscode.Uri): readonly Explained[] {
    const here = this.#all.filter((explained) => explained.explanation && sameUri(explained.uri, uri));
    return here.filter(
      (older, index) => !here.slice(index + 1).some((newer) => overlaps(older.tracked, newer.tracked)),
    );
  }

  /** What is shown at an offset of a document; both ends count. */
  at(uri: vscode.Uri, offset: number): Explained | undefined {
    return this.shown(uri).findLast(({ tracked }) => tracked.start <= offset && offset <= tracked.end);
  }

  /** The explanation with an id or, once the same text was explained again, the one that took its place, if that is still there. */
  byId(id: number): Explained | undefined {
    const latest = this.#replacements.latest(id);
    return this.#all.find((explained) => explained.id === latest);
  }

  /** Puts back an explanation from an earlier session if its text still stands where it was. */
  restore(
    uri: vscode.Uri,
    start: number,
    request: ExplainRequest,
    explanation: Explanation,
    read: ReadText,
  ): Explained {
    const explained: Explained = {
      id: this.#nextId++,
      uri,
      request,
      read,
      tracked: trackExplanation(start, explanation, read),
      explanation,
      run: null,
      before: null,
      refused: new Map(),
      progress: null,
      maskedPredictions: new Map(),
    };
    this.#all.push(explained);
    const document = openDocument(uri);
    if (document) {
      this.#reopen(document);
    }
    this.announce();
    return explained;
  }

  /** Takes an explanation away, and what it covers with it. */
  clear(explained: Explained): void {
    for (const other of this.#all) {
      if (sameUri(other.uri, explained.uri) && overlaps(other.tracked, explained.tracked)) {
        this.drop(other);
      }
    }
    this.drop(explained);
  }

  /** Takes all explanations away, of one document or of all, and cancels their runs. */
  clearAll(uri?: vscode.Uri): void {
    for (const explained of [...this.#all]) {
      if (!uri || sameUri(explained.uri, uri)) {
        this.drop(explained);
      }
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  /** Adds what is about to be explained; what failed before is forgotten, and runs on the same text end. */
  protected add(document: vscode.TextDocument, { start, read }: Placed, request: ExplainRequest): Explained {
    const tracked = new TrackedRange(start, read.raw);
    for (const other of this.running) {
      if (sameUri(other.uri, document.uri) && overlaps(other.tracked, tracked)) {
        this.stop(other);
      }
    }
    this.#all = this.#all.filter(({ run, explanation }) => run || explanation);
    this.#lineEnds.set(document, document.eol);
    const explained: Explained = {
      id: this.#nextId++,
      uri: document.uri,
      request,
      read,
      tracked,
      explanation: null,
      run: new AbortController(),
      before: null,
      refused: new Map(),
      progress: null,
      maskedPredictions: new Map(),
    };
    this.#all.push(explained);
    return explained;
  }

  /** Takes away one whose run has failed, and remembers what it was. */
  protected fail(explained: Explained): void {
    this.drop(explained);
    this.#all.push({ ...explained, explanation: null });
  }

  /** Shows what is known of an explanation by now. */
  protected show(explained: Explained, explanation: Explanation): void {
    const { read, tracked } = explained;
    if (!explained.explanation) {
      explained.tracked = trackExplanation(tracked.start, explanation, read);
    }
    const notes = read.notes.filter((note) => !explanation.warnings.includes(note));
    explained.explanation =
      notes.length > 0 ? { ...explanation, warnings: [...notes, ...explanation.warnings] } : explanation;
    this.announce();
  }

  /** Takes away what a complete explanation covers; those of the same text are led on to it. */
  protected replaceCovered(explained: Explained): void {
    const replaced = this.#all.filter(
      (other) =>
        other.id < explained.id && sameUri(other.uri, explained.uri) && overlaps(other.tracked, explained.tracked),
    );
    for (const { id, tracked, request } of replaced) {
      // Links name tokens by number, which mean the same only in the same text.
      if (tracked.start === explained.tracked.start && request.text === explained.request.text) {
        this.#replacements.add(id, explained.id);
      }
    }
    this.#all = this.#all.filter((other) => !replaced.includes(other));
    this.announce();
  }

  /** Ends a run: what it added to stays as it was before, and what it was to make goes. */
  protected stop(explained: Explained): void {
    const { before } = explained;
    if (!before) {
      this.drop(explained);
      return;
    }
    explained.run?.abort();
    this.settle(explained, before);
  }

  /** Ends a run with what is shown from now on. */
  protected settle(explained: Explained, explanation: Explanation): void {
    explained.run = null;
    explained.before = null;
    explained.progress = null;
    this.show(explained, explanation);
  }

  /** Takes one away and cancels its run. */
  protected drop(explained: Explained): void {
    explained.run?.abort();
    explained.run = null;
    explained.progress = null;
    this.#all = this.#all.filter((other) => other !== explained);
    this.announce();
  }

  /** Has {@link onDidChange} fire. */
  protected announce(): void {
    if (!this.#announced) {
      this.#announced = true;
      setImmediate(() => {
        this.#announced = false;
        this.#changed.fire();
      });
    }
  }

  #follow(event: vscode.TextDocumentChangeEvent): void {
    const { document, reason } = event;
    const otherLineEnds = this.#lineEnds.get(document) !== document.eol;
    this.#lineEnds.set(document, document.eol);
    // A change of the line ends comes as an edit of everything, and is none by itself; with others it hides what they changed.
    if (otherLineEnds) {
      if (event.contentChanges.length > 1) {
        this.#reopen(document);
      }
      return;
    }
    const here = this.#all.filter(({ uri }) => sameUri(uri, document.uri));
    if (event.contentChanges.length === 0 || here.length === 0) {
      return;
    }
    const edits = editsOf(event);
    for (const explained of here) {
      explained.tracked.apply(edits, sliceOf(document), reason !== undefined);
      if (explained.tracked.stale && explained.run) {
        this.stop(explained);
      }
    }
    this.announce();
  }

  #reopen(document: vscode.TextDocument): void {
    this.#lineEnds.set(document, document.eol);
    this.#closed = this.#closed.filter((uri) => !sameUri(uri, document.uri));
    const slice = sliceOf(document);
    for (const explained of this.#all.filter(({ uri }) => sameUri(uri, document.uri))) {
      const { start, text } = explained.tracked;
      if (slice(start, start + text.length) === text) {
        explained.tracked.relocate(start);
        continue;
      }
      const elsewhere = textOf(document).indexOf(text);
      if (elsewhere >= 0) {
        explained.tracked.relocate(elsewhere);
      } else {
        this.drop(explained);
      }
    }
    this.announce();
  }

  #close(uri: vscode.Uri): void {
    if (!this.#all.some((explained) => sameUri(explained.uri, uri))) {
      return;
    }
    this.#closed = [...this.#closed.filter((other) => !sameUri(other, uri)), uri];
    for (const forgotten of this.#closed.splice(0, this.#closed.length - mostClosed)) {
      this.clearAll(forgotten);
    }
  }
}
