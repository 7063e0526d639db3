import * as vscode from "vscode";
import type { ErrorData, ExplainError } from "../common/errors";
import type { PanelRequests, PanelStudy, PanelSubject, Place, ToPanel } from "../common/panelProtocol";
import type { Controller } from "../editor/controller";
import { atCursor } from "../editor/currentEditor";
import type { Engine } from "../editor/engine";
import { type Explained, share } from "../editor/explained";
import type { FileStudies, FileStudy } from "../editor/fileStudies";
import { panelViewType } from "../editor/ids";
import type { ModelOf } from "../editor/modelChoice";
import type { PanelPort } from "../editor/panelPort";
import type { Renderer } from "../editor/render";
import type { SettingsStore } from "../editor/settingsStore";
import type { Translate } from "../editor/translate";
import { OfferedMethods } from "./methodChoice";
import { type PanelContent, PanelFeed } from "./panelFeed";
import { parsePanelMessage } from "./panelMessages";
import { createPanel, fillPanel } from "./panelPage";
import { answerPanel } from "./panelRequests";
import { panelStatus } from "./panelStatus";
import { restored } from "./restored";
import { saidSentences, translateError, translatePanelStrings, translateStudy } from "./translated";

/** What the panel shows is sent at most this often, in milliseconds: an explanation is large, and a run gives many. */
const sendInterval = 100;

/** What the panel needs from its surroundings. */
export interface PanelParts {
  readonly controller: Controller;
  readonly engine: Engine;
  readonly studies: FileStudies;
  readonly model: ModelOf;
  readonly renderer: Renderer;
  readonly settings: SettingsStore;
  /** What is remembered for the workspace. */
  readonly memory: vscode.Memento;
  readonly extensionUri: vscode.Uri;
  readonly log: (line: string) => void;
  readonly translate: Translate;
}

/**
 * The host's side of the panel: one web view beside the editor that shows the explanation under the cursor, or the one it is pinned to. It
 * answers the web view's requests and sends it what it shows.
 */
export class PanelHost implements PanelPort, vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #parts: PanelParts;
  readonly #disposables: vscode.Disposable[];
  readonly #offered: OfferedMethods;
  readonly #feed = new PanelFeed((message) => this.#post(message));
  #panel: vscode.WebviewPanel | null = null;
  #requests = new AbortController();
  #shown: Explained | null = null;
  #pinned = false;
  #error: ErrorData | null = null;
  #place: Place | null = null;
  #ready = false;
  #studySent: FileStudy | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    this.#offered = new OfferedMethods(parts.engine, () => this.#send());
    this.#disposables = [
      vscode.window.registerWebviewPanelSerializer(panelViewType, this),
      parts.controller.onDidChange(() => this.#update()),
      parts.settings.onDidChange(() => this.#update()),
      parts.studies.onDidChange(() => this.#send()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#update()),
    ];
  }

  show(explained: Explained | undefined, place?: Place): void {
    if (explained && explained !== this.#shown) {
      this.#shown = explained;
      this.#pinned = false;
    }
    this.#place = place ?? null;
    if (!this.#panel) {
      this.#adopt(createPanel(this.#parts.extensionUri, this.#parts.translate));
      return;
    }
    this.#panel.reveal(undefined, true);
    this.#send();
    this.#sendPlace();
  }

  togglePin(explained: Explained): void {
    const pinned = this.isPinned(explained);
    this.#shown = explained;
    this.#pinned = !pinned;
    if (this.#panel) {
      this.#send();
    } else if (this.#pinned) {
      this.show(explained);
    }
  }

  /** Whether the panel is held to an explanation. */
  isPinned(explained: Explained): boolean {
    return this.#pinned && this.#shown === explained;
  }

  /** Shows a failure until the next run. */
  fail(error: ExplainError): void {
    if (this.#panel && error.reason !== "cancelled") {
      this.#error = translateError(error, this.#parts.translate);
      this.#send();
    }
  }

  /** The editor calls this after a reload of the window, with the panel as it was and what its web view has kept. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    if (this.#panel) {
      panel.dispose();
      return;
    }
    this.#restore(kept);
    this.#adopt(panel);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#requests.abort();
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    this.#ready = false;
    this.#requests = new AbortController();
    const requests = this.#requests;
    panel.webview.onDidReceiveMessage((data: unknown) => this.#receive(data));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) {
        this.#ready = false;
        this.#unlight();
      }
    });
    panel.onDidDispose(() => {
      requests.abort();
      if (this.#panel === panel) {
        this.#panel = null;
        this.#pinned = false;
        this.#unlight();
      }
    });
    fillPanel(panel, this.#parts.extensionUri, this.#parts.translate);
    this.#update();
  }

  #update(): void {
    const { controller } = this.#parts;
    if (controller.running.length > 0) {
      this.#error = null;
    }
    if (!this.#panel) {
      return;
    }
    const before = this.#shown;
    if (before && !controller.all.includes(before)) {
      this.#shown = successor(controller, before);
      this.#pinned &&= this.#shown !== null;
    }
    if (!this.#pinned) {
      const newest = controller.running.findLast(({ explanation }) => explanation);
      this.#shown =
        newest ?? atCursor(controller) ?? this.#shown ?? controller.all.findLast((one) => one.explanation) ?? null;
    }
    this.#send();
  }

  #send(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#panel && this.#ready) {
        this.#feed.update(this.#content());
        this.#sendStudy();
      }
    }, sendInterval);
  }

  #sendStudy(): void {
    const { current } = this.#parts.studies;
    if (current !== this.#studySent) {
      this.#post({ event: "study", params: this.#study() });
    }
  }

  #study(): PanelStudy | null {
    const { current } = this.#parts.studies;
    this.#studySent = current;
    return current && translateStudy(current, this.#parts.translate);
  }

  #content(): PanelContent {
    const shown = this.#shown;
    const methods = shown ? this.#offered.of(shown) : [];
    return {
      owner: shown,
      explanation: shown?.explanation ?? null,
      subject: () => shown && this.#subject(shown),
      status: panelStatus(this.#parts, { shown, pinned: this.#pinned, methods, error: this.#error }),
    };
  }

  #subject({ uri, request, read, second: other, explanation }: Explained): PanelSubject | null {
    const said = explanation && saidSentences(explanation, this.#parts.translate);
    const second = other && { uri: other.uri.toString(), read: other.read, isShared: other.isShared ?? false };
    return said && { uri: uri.toString(), request, read, second, explanation, said };
  }

  #post(message: ToPanel): void {
    void this.#panel?.webview.postMessage(message);
  }

  #sendPlace(): void {
    const place = this.#place;
    if (!place || !this.#ready) {
      return;
    }
    this.#place = null;
    this.#post({ event: "show", params: place });
  }

  async #receive(data: unknown): Promise<void> {
    const message = parsePanelMessage(data);
    if (!message) {
      this.#parts.log("The panel sent a message that is not understood; it was dropped.");
      return;
    }
    const panel = this.#panel;
    const parts = {
      ...this.#parts,
      offered: this.#offered,
      panel: this,
      shown: () => this.#shown,
      start: () => this.#start(),
    };
    let answer: ToPanel;
    try {
      answer = { response: message.id, result: await answerPanel(parts, message, this.#requests.signal) };
    } catch (thrown) {
      answer = { response: message.id, error: translateError(thrown, this.#parts.translate) };
    }
    if (panel && this.#panel === panel) {
      this.#post(answer);
    }
    // A place waits for a web view that has started; after its first answer it has.
    this.#sendPlace();
  }

  async #start(): Promise<PanelRequests["ready"]["result"]> {
    const { translate } = this.#parts;
    const { exportFormats } = await import("../editor/exportExplanation");
    const formats = await exportFormats(translate);
    const strings = await translatePanelStrings(translate);
    this.#ready = true;
    return {
      strings,
      ...this.#feed.whole(this.#content()),
      study: this.#study(),
      formats,
    };
  }

  #unlight(): void {
    if (this.#shown) {
      this.#parts.renderer.highlight(this.#shown, []);
    }
  }

  #restore(kept: unknown): void {
    const found = this.#shown ? null : restored(this.#parts.controller, kept);
    if (found) {
      this.#shown = found.shown;
      this.#pinned = found.pinned;
    }
  }
}

/** What took the place of an explanation that is gone. */
function successor(controller: Controller, gone: Explained): Explained | null {
  return controller.shown(gone.uri).findLast((one) => share(one, gone)) ?? null;
}
