import * as vscode from "vscode";
import type { ExplainProgress } from "../common/engineProtocol";
import { ExplainError } from "../common/errors";
import type { ExplainRequest, Explanation } from "../common/explanation";
import { message } from "../common/message";
import type { ModelReference } from "../common/model";
import { defaultOptions, moreExactOptions } from "../common/options";
import type { Engine } from "./engine";
import { type Explained, overlaps, type ReadText, trackExplanation } from "./explained";
import { editsOf, sliceOf, textOf } from "./offsets";
import { Replacements } from "./replacements";
import { readStretch, type Selected } from "./selection";
import type { Settings } from "./settings";
import { TrackedRange } from "./trackedRange";

/** What to explain in a document; `options` go before the settings, except that `methods` are added to those of the settings. */
export interface Asked extends Selected {
  readonly options?: Pick<ExplainRequest, "target" | "versus" | "masked"> &
    Partial<Pick<ExplainRequest, "methods" | "effort">>;
}

const stopped = message("The run was cancelled: only what it had finished by then is shown.");

/** What the controller needs from its surroundings. */
export interface ControllerParts {
  readonly engine: Engine;
  readonly settings: () => Settings;
  readonly model: (document: vscode.TextDocument) => ModelReference;
  readonly onError: (error: ExplainError) => void;
  readonly log: (line: string) => void;
}

/**
 * Holds every explanation of every document and runs new ones, one at a time. A new one hides those it overlaps from its first result on
 * and replaces them when it is complete; until then, cancelling it leaves what was there before.
 */
export class Controller implements vscode.Disposable {
  readonly #parts: ControllerParts;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[] = [this.#changed];
  readonly #replacements = new Replacements();
  /** How lines ended when a document with explanations was last heard of. */
  readonly #lineEnds = new WeakMap<vscode.TextDocument, vscode.EndOfLine>();
  #all: Explained[] = [];
  #queue: Promise<void> = Promise.resolve();
  #nextId = 1;
  #announced = false;
  /** Fires, at most once per turn of the event loop, when anything that a view shows has changed. */
  readonly onDidChange = this.#changed.event;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#disposables.push(
      vscode.workspace.onDidChangeTextDocument((event) => this.#follow(event)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#reopen(document)),
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

  /** Explains stretches of one document, one after the other; resolves when all have ended, however they end, and where there is no model to ask. */
  async explain(document: vscode.TextDocument, asked: readonly Asked[]): Promise<void> {
    let model: ModelReference;
    try {
      model = this.#parts.model(document);
    } catch (error) {
      this.#parts.onError(ExplainError.from(error));
      return;
    }
    const added = asked.map((one) => this.#add(document, one, model));
    this.#announce();
    await Promise.all(
      added.map((explained) => {
        this.#queue = this.#queue.then(() => this.#run(explained));
        return this.#queue;
      }),
    );
  }

  /** Explains what stands in an explained range now, with its own options or others. */
  async again(explained: Explained, options?: Asked["options"]): Promise<void> {
    const document = openDocument(explained.uri);
    const { target, versus, masked } = explained.request;
    const { start, end, stale } = explained.tracked;
    if (document) {
      const wasRaw = explained.read.words === null;
      const found = stale
        ? await readStretch(document, { start, end }, this.#parts.engine, wasRaw)
        : [{ start, end, read: explained.read }];
      const chosen = options ?? { target, versus, masked: stale ? [] : masked };
      await this.explain(
        document,
        found.map((one) => ({ ...one, options: chosen })),
      );
    }
  }

  /** Explains a text again with four times the effort it was explained with. */
  async moreExactly(explained: Explained): Promise<void> {
    const { target, versus, masked } = explained.request;
    await this.again(explained, { target, versus, masked, effort: moreExactOptions(explained.request, 4).effort });
  }

  /** Explains the stretch of an explained text as it stands in the document, with its marks. */
  async useRawText(explained: Explained): Promise<void> {
    const document = openDocument(explained.uri);
    if (document) {
      const { start, end } = explained.tracked;
      await this.explain(document, await readStretch(document, { start, end }, this.#parts.engine, true));
    }
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
      progress: null,
      maskedPredictions: new Map(),
    };
    this.#all.push(explained);
    const document = openDocument(uri);
    if (document) {
      this.#reopen(document);
    }
    this.#announce();
    return explained;
  }

  /** Cancels every run. What one has finished stays, unless there is a whole explanation of the same text to go back to. */
  cancel(): void {
    for (const explained of this.running) {
      const { explanation, id, uri, tracked } = explained;
      const whole = this.#all.some(
        (other) =>
          other.id < id &&
          !other.run &&
          other.explanation &&
          sameUri(other.uri, uri) &&
          overlaps(other.tracked, tracked),
      );
      if (explanation && !whole) {
        explained.run?.abort();
        this.#complete(explained, { ...explanation, warnings: [stopped, ...explanation.warnings] });
      } else {
        this.#drop(explained);
      }
    }
  }

  /** Takes an explanation away, and what it covers with it. */
  clear(explained: Explained): void {
    for (const other of this.#all) {
      if (sameUri(other.uri, explained.uri) && overlaps(other.tracked, explained.tracked)) {
        this.#drop(other);
      }
    }
    this.#drop(explained);
  }

  /** Takes all explanations away, of one document or of all, and cancels their runs. */
  clearAll(uri?: vscode.Uri): void {
    for (const explained of [...this.#all]) {
      if (!uri || sameUri(explained.uri, uri)) {
        this.#drop(explained);
      }
    }
  }

  dispose(): void {
    this.cancel();
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #add(document: vscode.TextDocument, asked: Asked, model: ModelReference): Explained {
    for (const other of this.running) {
      if (sameUri(other.uri, document.uri) && overlaps(other.tracked, asked)) {
        this.#drop(other);
      }
    }
    this.#all = this.#all.filter(({ run, explanation }) => run || explanation);
    this.#lineEnds.set(document, document.eol);
    const settings = this.#parts.settings();
    const { text, raw } = asked.read;
    const { methods = [], effort = settings.options.effort, ...question } = asked.options ?? {};
    const options = moreExactOptions(settings.options, effort / settings.options.effort);
    const explained: Explained = {
      id: this.#nextId++,
      uri: document.uri,
      request: {
        ...defaultOptions,
        ...options,
        ...question,
        text,
        model,
        methods: [...new Set([...options.methods, ...methods])],
        effort,
      },
      read: asked.read,
      tracked: new TrackedRange(asked.start, raw),
      explanation: null,
      run: new AbortController(),
      progress: null,
      maskedPredictions: new Map(),
    };
    this.#all.push(explained);
    return explained;
  }

  async #run(explained: Explained): Promise<void> {
    const signal = explained.run?.signal;
    if (!signal || signal.aborted) {
      return;
    }
    explained.progress = { phase: "loading", done: 0, total: 0, remainingMilliseconds: null };
    this.#announce();
    try {
      const result = await this.#parts.engine.explain(explained.request, signal, (progress) =>
        this.#advance(explained, signal, progress),
      );
      if (!signal.aborted) {
        this.#complete(explained, result);
      }
    } catch (thrown) {
      if (signal.aborted) {
        // Whoever aborted it has decided what stays.
        return;
      }
      const error = ExplainError.from(thrown);
      this.#drop(explained);
      if (error.reason !== "cancelled") {
        this.#all.push({ ...explained, explanation: null });
        this.#parts.log(`${error.reason}: ${error.message}`);
        this.#parts.onError(error);
      }
    }
  }

  #advance(explained: Explained, signal: AbortSignal, progress: ExplainProgress): void {
    if (signal.aborted) {
      return;
    }
    const { partial, ...rest } = progress;
    explained.progress = rest;
    if (partial) {
      this.#show(explained, partial);
    }
    this.#announce();
  }

  #show(explained: Explained, explanation: Explanation): void {
    const { read, tracked } = explained;
    if (!explained.explanation) {
      explained.tracked = trackExplanation(tracked.start, explanation, read);
    }
    const notes = read.notes.filter((note) => !explanation.warnings.includes(note));
    explained.explanation =
      notes.length > 0 ? { ...explanation, warnings: [...notes, ...explanation.warnings] } : explanation;
  }

  #complete(explained: Explained, explanation: Explanation): void {
    this.#show(explained, explanation);
    explained.run = null;
    explained.progress = null;
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
    const evaluations = explanation.attributions.reduce((sum, { evaluations: count }) => sum + count, 0);
    this.#parts.log(
      `Explained ${explanation.tokens.length} tokens with ${explanation.model.id}: ${evaluations} evaluations, ${Math.round(explanation.milliseconds)} ms.`,
    );
    this.#announce();
  }

  #drop(explained: Explained): void {
    explained.run?.abort();
    explained.run = null;
    explained.progress = null;
    this.#all = this.#all.filter((other) => other !== explained);
    this.#announce();
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
        this.#drop(explained);
      }
    }
    this.#announce();
  }

  #reopen(document: vscode.TextDocument): void {
    this.#lineEnds.set(document, document.eol);
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
        this.#drop(explained);
      }
    }
    this.#announce();
  }

  #announce(): void {
    if (!this.#announced) {
      this.#announced = true;
      setImmediate(() => {
        this.#announced = false;
        this.#changed.fire();
      });
    }
  }
}

/** Whether two URIs name the same document. */
export function sameUri(a: vscode.Uri, b: vscode.Uri): boolean {
  return a.toString() === b.toString();
}

/** The open document of a URI. */
export function openDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => sameUri(document.uri, uri));
}
