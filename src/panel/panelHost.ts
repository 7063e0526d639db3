import { randomBytes } from "node:crypto";
import * as path from "node:path";
import * as vscode from "vscode";
import { classColours } from "../common/classColours";
import { cleanName } from "../common/cleanWords";
import { readingRemarks } from "../common/doubts";
import { type ErrorData, ExplainError } from "../common/errors";
import type { Explanation } from "../common/explanation";
import { lookSource } from "../common/look";
import type { FromPanel, PanelRequests, PanelState, Place, ToPanel } from "../common/panelProtocol";
import { readingMessage } from "../common/reading";
import type { PanelPort } from "../editor/commands";
import type { Controller } from "../editor/controller";
import { atCursor } from "../editor/currentEditor";
import type { Engine } from "../editor/engine";
import { type Explained, overlaps } from "../editor/explained";
import { exportFormats, exportNamed } from "../editor/exportExplanation";
import { isInputFailure } from "../editor/failures";
import { panelViewType } from "../editor/ids";
import { positionAt, rangeOf } from "../editor/offsets";
import { openDocument } from "../editor/openDocuments";
import type { Renderer } from "../editor/render";
import type { SettingsStore } from "../editor/settingsStore";
import { type Translate, translateMessage } from "../editor/translate";
import { chooseMethod, OfferedMethods } from "./methodChoice";
import { panelHtml } from "./panelHtml";
import { type PanelMemory, readPanelMemory, rememberedTokens } from "./panelMemory";
import { contentTokens, parsePanelMessage } from "./panelMessages";
import { translateError, translateExplanation, translatePanelStrings } from "./panelState";

const memoryKey = "panel";
/** States are sent at most this often, in milliseconds: each carries the whole explanation. */
const stateInterval = 100;

/** What the panel needs from its surroundings. */
export interface PanelParts {
  readonly controller: Controller;
  readonly engine: Engine;
  readonly renderer: Renderer;
  readonly settings: SettingsStore;
  readonly extensionUri: vscode.Uri;
  readonly memory: vscode.Memento;
  readonly log: (line: string) => void;
  readonly translate: Translate;
}

/**
 * The host's side of the panel: one web view beside the editor that shows the explanation under the cursor, or the one it is pinned to. It
 * answers the web view's requests and sends it whole states.
 */
export class PanelHost implements PanelPort, vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #parts: PanelParts;
  readonly #disposables: vscode.Disposable[];
  readonly #offered: OfferedMethods;
  #panel: vscode.WebviewPanel | null = null;
  #requests = new AbortController();
  #shown: Explained | null = null;
  #pinned = false;
  #error: ErrorData | null = null;
  #revision = 0;
  #place: Place | null = null;
  #ready = false;
  #timer: NodeJS.Timeout | undefined;
  #remembered: Explanation | null = null;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    this.#offered = new OfferedMethods(parts.engine, () => this.#send());
    this.#disposables = [
      vscode.window.registerWebviewPanelSerializer(panelViewType, this),
      parts.controller.onDidChange(() => this.#update()),
      parts.settings.onDidChange(() => this.#update()),
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
      const { extensionUri, translate } = this.#parts;
      const panel = vscode.window.createWebviewPanel(
        panelViewType,
        translate("Explanation"),
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, "dist")] },
      );
      this.#adopt(panel);
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

  /** The editor calls this after a reload of the window, with the panel as it was. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#panel) {
      panel.dispose();
      return;
    }
    this.#restore();
    this.#adopt(panel);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#requests.abort();
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri, translate } = this.#parts;
    const dist = vscode.Uri.joinPath(extensionUri, "dist");
    this.#panel = panel;
    this.#ready = false;
    this.#requests = new AbortController();
    const requests = this.#requests;
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, "media", "panel-light.svg"),
      dark: vscode.Uri.joinPath(extensionUri, "media", "panel-dark.svg"),
    };
    webview.onDidReceiveMessage((data: unknown) => this.#receive(data));
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
        void this.#parts.memory.update(memoryKey, undefined);
        this.#remembered = null;
      }
    });
    webview.html = panelHtml({
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.js")).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.css")).toString(),
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString("base64url"),
      language: vscode.env.language,
      title: translate("Explanation"),
    });
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
        this.#post({ event: "state", params: this.#state() });
      }
      this.#remember();
    }, stateInterval);
  }

  #state(): PanelState {
    const { controller, settings, translate } = this.#parts;
    const { showImportance, importanceMethod, perClass } = settings.get();
    const shown = this.#shown;
    const run = controller.running.find((one) => one === shown || !shown || overlaps(one.tracked, shown.tracked));
    const subject = shown ?? run;
    this.#revision += 1;
    return {
      revision: this.#revision,
      explanation: shown?.explanation ? translateExplanation(shown.explanation, translate) : null,
      importance: showImportance ? importanceMethod : null,
      methods: shown ? this.#offered.of(shown) : [],
      classColours: shown?.explanation ? classColours(shown.explanation, perClass) : null,
      source: subject ? this.#source(subject) : "",
      reading: subject ? this.#reading(subject) : null,
      stale: shown?.tracked.stale ?? false,
      progress: run?.progress ?? null,
      error: this.#error,
      canTryAgain: this.#error !== null && !isInputFailure(this.#error) && controller.failed.length > 0,
    };
  }

  #source(explained: Explained): string {
    const { translate } = this.#parts;
    const name = cleanName(path.posix.basename(explained.uri.path));
    const document = openDocument(explained.uri);
    const line = document ? positionAt(document, explained.tracked.start).line + 1 : null;
    const place = line === null ? name : translate("{0}, line {1}", name, line);
    const pinned = this.#pinned ? translate("{0}, pinned", place) : place;
    const remarks = explained.explanation ? readingRemarks(explained.explanation) : [];
    return [pinned, ...remarks.map((remark) => translateMessage(translate, remark))].join(" · ");
  }

  #reading({ read: { words } }: Explained): string | null {
    const { translate } = this.#parts;
    const read = words && readingMessage(words, (piece) => translateMessage(translate, piece));
    return read && translateMessage(translate, read);
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
    let answer: ToPanel;
    try {
      answer = { response: message.id, result: await this.#answer(message, this.#requests.signal) };
    } catch (thrown) {
      answer = { response: message.id, error: translateError(thrown, this.#parts.translate) };
    }
    if (panel && this.#panel === panel) {
      this.#post(answer);
    }
    if (message.request === "ready") {
      this.#sendPlace();
    }
  }

  async #answer(message: FromPanel, signal: AbortSignal): Promise<PanelRequests[keyof PanelRequests]["result"]> {
    const { controller, engine, renderer, translate } = this.#parts;
    switch (message.request) {
      case "ready":
        this.#ready = true;
        return { strings: translatePanelStrings(translate), state: this.#state(), formats: exportFormats(translate) };
      case "look": {
        const { window, look } = message.params;
        return engine.request("look", { source: lookSource(this.#current().explanation, window), look }, signal);
      }
      case "predictMasked": {
        const { explained, explanation } = this.#current();
        const masked = contentTokens(explanation, message.params.masked);
        return engine.request("predictMasked", { request: explained.request, masked }, signal);
      }
      case "explainAgain": {
        const { explained, explanation } = this.#current();
        const { target, versus } = message.params;
        for (const label of [target, versus]) {
          if (label !== null && !explanation.model.labels.includes(label)) {
            throw new ExplainError("label-unknown", "The model has no class {0}.", label);
          }
        }
        const masked = contentTokens(explanation, message.params.masked);
        void controller.again(explained, { target, versus, masked });
        return null;
      }
      case "explainMoreExactly":
        void controller.moreExactly(this.#current().explained);
        return null;
      case "chooseMethod":
        await chooseMethod(this.#parts, this.#current().explained, message.params.method);
        return null;
      case "useRawText":
        void controller.useRawText(this.#current().explained);
        return null;
      case "tryAgain":
        for (const failed of controller.failed) {
          void controller.again(failed);
        }
        return null;
      case "export": {
        const { format, to } = message.params;
        await exportNamed(this.#current().explained, format, to, translate);
        return null;
      }
      case "highlight":
        if (this.#shown?.explanation) {
          renderer.highlight(this.#shown, contentTokens(this.#shown.explanation, message.params.tokens));
        }
        return null;
      case "reveal":
        await this.#reveal(message.params.token);
        return null;
      case "cancel":
        controller.cancel();
        return null;
    }
  }

  #current(): { readonly explained: Explained; readonly explanation: Explanation } {
    const explanation = this.#shown?.explanation;
    if (!this.#shown || !explanation) {
      throw new ExplainError("cancelled", "There is no explanation to ask about.");
    }
    return { explained: this.#shown, explanation };
  }

  async #reveal(token: number): Promise<void> {
    const { explained } = this.#current();
    const part = explained.tracked.parts[token];
    if (!part || part.start === part.end) {
      return;
    }
    const document = await vscode.workspace.openTextDocument(explained.uri);
    const range = rangeOf(document, part);
    const visible = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    const column = visible?.viewColumn ?? vscode.ViewColumn.One;
    const editor = await vscode.window.showTextDocument(document, { viewColumn: column, selection: range });
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  #unlight(): void {
    if (this.#shown) {
      this.#parts.renderer.highlight(this.#shown, []);
    }
  }

  #remember(): void {
    const shown = this.#shown;
    const explanation = shown?.explanation;
    if (!this.#panel || !shown || !explanation || shown.run || explanation === this.#remembered) {
      return;
    }
    this.#remembered = explanation;
    const { uri, tracked, request, read } = shown;
    const memory: PanelMemory | undefined =
      explanation.tokens.length > rememberedTokens
        ? undefined
        : { schema: 1, uri: uri.toString(), start: tracked.start, pinned: this.#pinned, request, explanation, read };
    void this.#parts.memory.update(memoryKey, memory);
  }

  #restore(): void {
    const memory = readPanelMemory(this.#parts.memory.get<unknown>(memoryKey));
    if (!memory || this.#shown) {
      return;
    }
    const { uri, start, request, explanation, read } = memory;
    this.#shown = this.#parts.controller.restore(vscode.Uri.parse(uri), start, request, explanation, read);
    this.#pinned = memory.pinned;
    this.#remembered = explanation;
  }
}

/** What took the place of an explanation that is gone. */
function successor(controller: Controller, gone: Explained): Explained | null {
  return controller.shown(gone.uri).findLast((one) => overlaps(one.tracked, gone.tracked)) ?? null;
}
