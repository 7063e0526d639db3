import * as vscode from "vscode";
import type { ExplainRequest, Explanation } from "../common/explanation";
import type { ReadText } from "../common/reading";
import { type Explained, followedIn, isStale, placesOf, share, type TextPlace, trackExplanation } from "./explained";
import { editsOf, sliceOf, textOf } from "./offsets";
import { openDocument, sameUri } from "./openDocuments";
import { Replacements } from "./replacements";
import { TrackedRange } from "./trackedRange";

/** So many of the explained documents that were closed last keep their explanations, for when they are opened again. */
const mostClosed = 8;

/** What is to be explained: the start of a stretch of a document, how its text was read, and where a second text stands, if it stands in a document. */
export interface Placed {
  readonly start: number;
  readonly read: ReadText;
  readonly second?: TextPlace | null;
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
    const here = this.#all.filter((explained) => explained.explanation && placesOf(explained, uri).length > 0);
    return here.filter((older, index) => !here.slice(index + 1).some((newer) => share(older, newer)));
  }

  /** What is shown at an offset of a document; both ends count. */
  at(uri: vscode.Uri, offset: number): Explained | undefined {
    return this.shown(uri).findLast((explained) =>
      placesOf(explained, uri).some(({ place: { tracked } }) => tracked.start <= offset && offset <= tracked.end),
    );
  }

  /** The explanation with an id or, once the same text was explained again, the one that took its place, if that is still there. */
  byId(id: number): Explained | undefined {
    const latest = this.#replacements.latest(id);
    return this.#all.find((explained) => explained.id === latest);
  }

  /** Puts back an explanation from an earlier session if its text still stands where it was. */
  restore(
    uri: vscode.Uri,
    { start, read, second = null }: Placed,
    request: ExplainRequest,
    explanation: Explanation,
  ): Explained {
    const explained: Explained = {
      id: this.#nextId++,
      uri,
      request,
      read,
      tracked: trackExplanation(start, explanation, read, 0),
      second,
      explanation,
      run: null,
      before: null,
      refused: new Map(),
      progress: null,
      maskedPredictions: new Map(),
    };
    this.#all.push(explained);
    for (const { place } of followedIn(explained)) {
      const document = openDocument(place.uri);
      if (document) {
        this.#reopen(document);
      }
    }
    this.announce();
    return explained;
  }

  /** Takes an explanation away, and what it covers with it. */
  clear(explained: Explained): void {
    for (const other of this.#all) {
      if (share(other, explained)) {
        this.drop(other);
      }
    }
    this.drop(explained);
  }

  /** Takes all explanations away, of one document or of all, and cancels their runs. */
  clearAll(uri?: vscode.Uri): void {
    for (const explained of [...this.#all]) {
      if (!uri || placesOf(explained, uri).length > 0) {
        this.drop(explained);
      }
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  /** Adds what is about to be explained; what failed before is forgotten, and runs on the same text end. */
  protected add(
    document: vscode.TextDocument,
    { start, read, second = null }: Placed,
    request: ExplainRequest,
  ): Explained {
    this.#lineEnds.set(document, document.eol);
    const elsewhere = second && openDocument(second.uri);
    if (elsewhere) {
      this.#lineEnds.set(elsewhere, elsewhere.eol);
    }
    const explained: Explained = {
      id: this.#nextId++,
      uri: document.uri,
      request,
      read,
      tracked: new TrackedRange(start, read.raw),
      second,
      explanation: null,
      run: new AbortController(),
      before: null,
      refused: new Map(),
      progress: null,
      maskedPredictions: new Map(),
    };
    for (const other of this.running) {
      if (share(other, explained)) {
        this.stop(other);
      }
    }
    this.#all = this.#all.filter(({ run, explanation }) => run || explanation);
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
    const { read, tracked, second } = explained;
    if (!explained.explanation) {
      explained.tracked = trackExplanation(tracked.start, explanation, read, 0);
      if (second) {
        second.tracked = trackExplanation(second.tracked.start, explanation, second.read, 1);
      }
    }
    const notes = read.notes.filter((note) => !explanation.warnings.includes(note));
    explained.explanation =
      notes.length > 0 ? { ...explanation, warnings: [...notes, ...explanation.warnings] } : explanation;
    this.announce();
  }

  /** Takes away what a complete explanation covers; those of the same text are led on to it. */
  protected replaceCovered(explained: Explained): void {
    const replaced = this.#all.filter((other) => other.id < explained.id && share(other, explained));
    for (const { id, tracked, request } of replaced) {
      const { text, pair } = explained.request;
      // Links name tokens by number, which mean the same only in the same text.
      if (tracked.start === explained.tracked.start && request.text === text && request.pair === pair) {
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
    const here = this.#all.filter((explained) => followedIn(explained, document.uri).length > 0);
    if (event.contentChanges.length === 0 || here.length === 0) {
      return;
    }
    const edits = editsOf(event);
    for (const explained of here) {
      for (const { place } of followedIn(explained, document.uri)) {
        place.tracked.apply(edits, sliceOf(document), reason !== undefined);
      }
      if (isStale(explained) && explained.run) {
        this.stop(explained);
      }
    }
    this.announce();
  }

  #reopen(document: vscode.TextDocument): void {
    this.#lineEnds.set(document, document.eol);
    this.#closed = this.#closed.filter((uri) => !sameUri(uri, document.uri));
    for (const explained of [...this.#all]) {
      const places = followedIn(explained, document.uri).map(({ place }) => place);
      if (!places.every(({ tracked }) => isFoundAgain(document, tracked))) {
        this.drop(explained);
      }
    }
    this.announce();
  }

  #close(uri: vscode.Uri): void {
    if (!this.#all.some((explained) => placesOf(explained, uri).length > 0)) {
      return;
    }
    this.#closed = [...this.#closed.filter((other) => !sameUri(other, uri)), uri];
    for (const forgotten of this.#closed.splice(0, this.#closed.length - mostClosed)) {
      this.clearAll(forgotten);
    }
  }
}

/** Takes up a text where it stands in a document that is open again; whether it is there. */
function isFoundAgain(document: vscode.TextDocument, tracked: TrackedRange): boolean {
  const { start, text } = tracked;
  const found = sliceOf(document)(start, start + text.length) === text ? start : textOf(document).indexOf(text);
  if (found >= 0) {
    tracked.relocate(found);
  }
  return found >= 0;
}
