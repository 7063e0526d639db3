/** The little of VS Code's interface that the tested parts of the extension host use: `vi.mock("vscode", () => import("./fakeVscode"))`. */

import { posix } from "node:path";

/** A place in a document. */
export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}

  isEqual(other: Position): boolean {
    return this.line === other.line && this.character === other.character;
  }
}

/** A stretch of a document. */
export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}

  isEqual(other: Range): boolean {
    return this.start.isEqual(other.start) && this.end.isEqual(other.end);
  }
}

/** A selection; its ends are in the order in which it was made. */
export class Selection extends Range {
  constructor(
    readonly anchor: Position,
    readonly active: Position,
  ) {
    const forwards = anchor.line < active.line || (anchor.line === active.line && anchor.character <= active.character);
    super(forwards ? anchor : active, forwards ? active : anchor);
  }

  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
}

/** Something to be undone. */
export class Disposable {
  constructor(readonly dispose: () => void) {}

  static from(...all: { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) {
        one.dispose();
      }
    });
  }
}

/** Tells its listeners what is fired. */
export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      listener(value);
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

/** The values of VS Code's own enumeration. */
export const EndOfLine = { LF: 1, CRLF: 2 } as const;

/** A change as VS Code reports it; its offsets count in the document before. */
export interface ContentChange {
  readonly range: Range;
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** A document that changes as an editor changes it. */
export class FakeDocument {
  uri = { path: "/samples/reviews.txt", scheme: "file", toString: () => "file:///samples/reviews.txt" };
  languageId = "log";
  eol: number = EndOfLine.LF;
  version = 1;
  #lines: string[];
  #held: ContentChange[] | undefined;

  constructor(text: string) {
    this.#lines = text.split("\n");
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  get #end(): string {
    return this.eol === EndOfLine.CRLF ? "\r\n" : "\n";
  }

  lineAt(line: number): { text: string; range: Range } {
    const text = this.#lines[line] ?? "";
    return { text, range: new Range(new Position(line, 0), new Position(line, text.length)) };
  }

  offsetAt({ line, character }: Position): number {
    const before = this.#lines.slice(0, line).reduce((sum, { length }) => sum + length + this.#end.length, 0);
    return before + Math.min(character, this.lineAt(line).text.length);
  }

  positionAt(offset: number): Position {
    let line = 0;
    while (line + 1 < this.lineCount && this.offsetAt(new Position(line + 1, 0)) <= offset) {
      line++;
    }
    const character = Math.max(0, offset - this.offsetAt(new Position(line, 0)));
    return new Position(line, Math.min(character, this.lineAt(line).text.length));
  }

  getText(range?: Range): string {
    const text = this.#lines.join(this.#end);
    return range ? text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : text;
  }

  /** Puts `text` between two places and says so. */
  replace(start: Position, end: Position, text: string): void {
    const change = this.#change(start, end, text.replaceAll("\n", this.#end));
    const whole = this.getText();
    const changed = whole.slice(0, change.rangeOffset) + text + whole.slice(change.rangeOffset + change.rangeLength);
    this.#lines = changed.split(/\r\n|\n/);
    this.version++;
    this.#tell(change);
  }

  /** Does several changes of which VS Code tells together. */
  atOnce(work: () => void): void {
    const held: ContentChange[] = [];
    this.#held = held;
    work();
    this.#held = undefined;
    this.#tell(...held);
  }

  /** Changes how lines end, which VS Code reports as a replacement of everything. */
  setEndOfLine(eol: number): void {
    const { end } = this.lineAt(this.lineCount - 1).range;
    const { range, rangeOffset, rangeLength } = this.#change(new Position(0, 0), end, "");
    this.eol = eol;
    this.#tell({ range, rangeOffset, rangeLength, text: this.getText() });
  }

  #change(start: Position, end: Position, text: string): ContentChange {
    const rangeOffset = this.offsetAt(start);
    return { range: new Range(start, end), rangeOffset, rangeLength: this.offsetAt(end) - rangeOffset, text };
  }

  #tell(...changes: ContentChange[]): void {
    if (this.#held) {
      this.#held.push(...changes);
    } else {
      events.change.fire({ document: this, contentChanges: changes, reason: undefined });
    }
  }
}

/** An editor that counts how often its selections were set. */
export class FakeEditor {
  timesSet = 0;
  #selections: readonly Selection[];

  constructor(
    readonly document: FakeDocument,
    selection: Selection,
  ) {
    this.#selections = [selection];
  }

  get selections(): readonly Selection[] {
    return this.#selections;
  }

  set selections(selections: readonly Selection[]) {
    this.timesSet++;
    this.#selections = selections;
  }

  get selection(): Selection | undefined {
    return this.#selections[0];
  }

  set selection(selection: Selection) {
    this.selections = [selection];
  }

  revealRange(): void {}

  /** What was drawn, by what it looks like. */
  readonly drawn = new Map<unknown, readonly Range[]>();

  setDecorations(type: { readonly look: unknown }, ranges: readonly Range[]): void {
    this.drawn.set(type.look, ranges);
  }
}

/** What tests fire. */
export const events = {
  change: new EventEmitter<{ document: FakeDocument; contentChanges: readonly ContentChange[]; reason: undefined }>(),
  open: new EventEmitter<FakeDocument>(),
  close: new EventEmitter<FakeDocument>(),
  configuration: new EventEmitter<{ affectsConfiguration(section: string): boolean }>(),
  selection: new EventEmitter<void>(),
};

/** An address of a file. */
export class Uri {
  readonly fsPath: string;

  constructor(
    readonly scheme: string,
    readonly path: string,
  ) {
    this.fsPath = path;
  }

  static file(path: string): Uri {
    return new Uri("file", path);
  }

  static parse(uri: string): Uri {
    const [scheme = "", path = ""] = uri.split("://");
    return new Uri(scheme, path);
  }

  static joinPath({ scheme, path }: { readonly scheme: string; readonly path: string }, ...parts: string[]): Uri {
    return new Uri(scheme, posix.join(path, ...parts));
  }

  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

/** The clipboard. */
export const env = {
  language: "en",
  copied: "",
  clipboard: {
    writeText: (text: string): Promise<void> => {
      env.copied = text;
      return Promise.resolve();
    },
  },
};

/** The open documents. */
export const workspace = {
  /** What was written elsewhere than on this machine's disk. */
  files: new Map<string, string>(),
  fs: {
    writeFile: (uri: Uri, content: Uint8Array): Promise<void> => {
      workspace.files.set(uri.toString(), new TextDecoder().decode(content));
      return Promise.resolve();
    },
  },
  textDocuments: [] as FakeDocument[],
  onDidChangeTextDocument: events.change.event,
  onDidOpenTextDocument: events.open.event,
  onDidCloseTextDocument: events.close.event,
  onDidChangeConfiguration: events.configuration.event,
  openTextDocument: ({ content }: { readonly content: string }): Promise<FakeDocument> => {
    const document = new FakeDocument(content);
    workspace.textDocuments.push(document);
    return Promise.resolve(document);
  },
  /** What the settings files hold; nothing at first. */
  set: {} as Record<string, unknown>,
  /** What was written into them: key, value, whose. */
  written: [] as [string, unknown, number][],
  getConfiguration: () => ({
    get: (key: string) => workspace.set[key],
    inspect: () => undefined,
    update: (key: string, value: unknown, target: number) => {
      workspace.written.push([key, value, target]);
      return Promise.resolve();
    },
  }),
  isTrusted: true,
  workspaceFolders: undefined as readonly { readonly uri: Uri }[] | undefined,
  asRelativePath: (path: string) => path,
  getWorkspaceFolder: ({ path }: Uri) => workspace.workspaceFolders?.find(({ uri }) => path.startsWith(`${uri.path}/`)),
};

/** The values of VS Code's own enumeration. */
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;

/** Words with links and emphasis. */
export class MarkdownString {
  isTrusted: unknown;

  constructor(readonly value: string) {}
}

/** A row of a tree. */
export class TreeItem {
  id?: string;
  contextValue?: string;
  description?: string;

  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}

/** A glob below a folder. */
export class RelativePattern {
  constructor(
    readonly folder: { readonly uri: Uri },
    readonly pattern: string,
  ) {}
}

/** What tells whether documents are meant by a filter. */
export const languages = {
  match: (
    { language, pattern }: { readonly language?: string; readonly pattern?: string | RelativePattern },
    { languageId, uri }: Pick<FakeDocument, "languageId" | "uri">,
  ): number => {
    const glob = typeof pattern === "object" ? `${pattern.folder.uri.path}/${pattern.pattern}` : pattern;
    const fits = glob === undefined ? language === languageId : posix.matchesGlob(uri.path, glob);
    return fits ? 10 : 0;
  },
};

/** The values of VS Code's own enumeration. */
export const TextEditorRevealType = { InCenterIfOutsideViewport: 2 } as const;

/** The values of VS Code's own enumeration. */
export const DecorationRangeBehavior = { ClosedClosed: 1 } as const;

/** A colour by its name. */
export class ThemeColor {
  constructor(readonly id: string) {}
}

/** A kind of action, by its name. */
export class CodeActionKind {
  static readonly Refactor = new CodeActionKind("refactor");

  constructor(readonly value: string) {}

  append(part: string): CodeActionKind {
    return new CodeActionKind(`${this.value}.${part}`);
  }
}

/** An action of the light bulb. */
export class CodeAction {
  command: unknown;

  constructor(
    readonly title: string,
    readonly kind: CodeActionKind,
  ) {}
}

/** Words above a line. */
export class CodeLens {
  constructor(
    readonly range: Range,
    readonly command: { readonly title: string; readonly command: string; readonly arguments: readonly unknown[] },
  ) {}
}

/** The values of VS Code's own enumerations. */
export const ConfigurationTarget = { Global: 1, Workspace: 2 } as const;
export const QuickPickItemKind = { Separator: -1 } as const;

/** An icon by its name. */
export class ThemeIcon {
  constructor(readonly id: string) {}
}

/** Says whether something was cancelled. */
export class CancellationTokenSource {
  readonly token = {};

  cancel(): void {}

  dispose(): void {}
}

interface FakePicker {
  items: readonly { readonly label: string }[];
  busy: boolean;
}

/** A list from which {@link window.pick} chooses as soon as it is whole. */
function fakePicker(): object {
  const accepted = new EventEmitter<void>();
  const hidden = new EventEmitter<void>();
  const picker = {
    items: [] as FakePicker["items"],
    busy: false,
    selectedItems: [] as unknown[],
    onDidAccept: accepted.event,
    onDidHide: hidden.event,
    show: (): void => {
      if (picker.busy) {
        setImmediate(picker.show);
        return;
      }
      picker.selectedItems = [window.pick(picker.items)];
      accepted.fire();
    },
    hide: (): void => hidden.fire(),
    dispose: (): void => undefined,
  };
  return picker;
}

/** The editors on screen. */
export const window = {
  activeTextEditor: undefined as FakeEditor | undefined,
  visibleTextEditors: [] as FakeEditor[],
  /** What a person chooses in a list. */
  pick: (items: readonly { readonly label: string }[]): unknown => items[0],
  createQuickPick: fakePicker,
  showQuickPick: (items: readonly { readonly label: string }[]): Promise<unknown> =>
    Promise.resolve(window.pick(items)),
  /** What a person writes into a box that holds `value`. */
  write: (value: string): string | undefined => value,
  showInputBox: ({ value }: { readonly value: string }): Promise<string | undefined> =>
    Promise.resolve(window.write(value)),
  /** The file that a person names, and what was suggested. */
  named: undefined as Uri | undefined,
  suggested: undefined as string | undefined,
  showSaveDialog: ({ defaultUri }: { readonly defaultUri: Uri }): Promise<Uri | undefined> => {
    window.suggested = defaultUri.path;
    return Promise.resolve(window.named);
  },
  setStatusBarMessage: (): void => undefined,
  /** What was said, and what a person answers. */
  warnings: [] as string[],
  answer: undefined as string | undefined,
  showWarningMessage: (words: string): Promise<string | undefined> => {
    window.warnings.push(words);
    return Promise.resolve(window.answer);
  },
  /** The column of the document that was shown last. */
  shownIn: undefined as number | undefined,
  showTextDocument: (document: FakeDocument, column?: number): Promise<FakeEditor> => {
    window.shownIn = column;
    const start = new Position(0, 0);
    window.activeTextEditor = new FakeEditor(document, new Selection(start, start));
    return Promise.resolve(window.activeTextEditor);
  },
  onDidChangeTextEditorSelection: events.selection.event,
  onDidChangeActiveTextEditor: new EventEmitter<never>().event,
  /** The panel that is opened next. */
  panel: undefined as object | undefined,
  createWebviewPanel: (): object | undefined => window.panel,
  registerWebviewPanelSerializer: () => new Disposable(() => undefined),
  onDidChangeVisibleTextEditors: new EventEmitter<never>().event,
  createTextEditorDecorationType: (look: unknown) => ({ look, dispose: () => undefined }),
};

/** What is remembered for a workspace. */
export class FakeMemento {
  readonly #known = new Map<string, unknown>();

  get(key: string): unknown {
    return this.#known.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.#known.set(key, value);
    return Promise.resolve();
  }

  keys(): readonly string[] {
    return [...this.#known.keys()];
  }
}

/** Columns of the window. */
export const ViewColumn = { One: 1, Beside: -2 };

const handlers = new Map<string, (...args: unknown[]) => unknown>();

/** Commands as the extension registered them. */
export const commands = {
  registerCommand: (id: string, handler: (...args: unknown[]) => unknown): Disposable => {
    handlers.set(id, handler);
    return new Disposable(() => handlers.delete(id));
  },
  executeCommand: async (id: string, ...args: unknown[]): Promise<unknown> => handlers.get(id)?.(...args),
};
