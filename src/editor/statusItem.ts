import * as vscode from "vscode";
import type { Controller } from "./controller";
import { atCursor } from "./currentEditor";
import { commandIds } from "./ids";
import type { SettingsStore } from "./settingsStore";
import { statusWords } from "./statusWords";
import type { Translate } from "./translate";

/** What the status item needs from its surroundings. */
export interface StatusParts {
  readonly controller: Controller;
  readonly settings: SettingsStore;
  /** The name of the model that would be used now. */
  readonly modelName: () => string;
  readonly translate: Translate;
}

/** The one status item: health, prediction under the cursor, method, model, progress, and links in its tooltip. */
export class StatusItem implements vscode.Disposable {
  readonly #parts: StatusParts;
  readonly #item: vscode.StatusBarItem;
  readonly #disposables: vscode.Disposable[];
  #failure: string | null = null;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#item = vscode.window.createStatusBarItem("explainWithTransformer.status", vscode.StatusBarAlignment.Left, 50);
    this.#item.name = "Explain with Transformer";
    this.#disposables = [
      this.#item,
      parts.controller.onDidChange(() => this.update()),
      parts.settings.onDidChange(() => this.update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.window.onDidChangeTextEditorSelection(() => this.update()),
    ];
    this.update();
    this.#item.show();
  }

  /** Shows one sentence about a failure until the next run; `null` ends it. */
  fail(sentence: string | null): void {
    this.#failure = sentence;
    this.update();
  }

  /** Makes the item say what is so now. */
  update(): void {
    const { controller, settings, translate } = this.#parts;
    if (controller.running.length > 0) {
      this.#failure = null;
    }
    const current = atCursor(controller);
    const { text, tooltip, severity } = statusWords(
      {
        running: controller.running,
        current: current && { explanation: current.explanation, stale: current.tracked.stale },
        failure: this.#failure,
        model: this.#parts.modelName(),
        settings: settings.get(),
      },
      translate,
    );
    const markdown = new vscode.MarkdownString(tooltip);
    markdown.isTrusted = {
      enabledCommands: [
        commandIds.cancel,
        commandIds.showPanel,
        commandIds.chooseModel,
        commandIds.chooseMethods,
        commandIds.toggleImportance,
        commandIds.toggleAttention,
        commandIds.showLog,
      ],
    };
    this.#item.text = text;
    this.#item.tooltip = markdown;
    this.#item.command =
      severity === "error" ? commandIds.showLog : current ? commandIds.showPanel : commandIds.chooseModel;
    this.#item.backgroundColor =
      severity === "error" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.#item.accessibilityInformation = { label: text.replace(/\$\([^)]*\)\s*/g, ""), role: "button" };
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }
}
