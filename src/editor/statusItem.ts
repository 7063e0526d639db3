import * as vscode from "vscode";
import type { Controller } from "./controller";
import { atCursor } from "./currentEditor";
import { hasOwnColours, isStale } from "./explained";
import { commandIds } from "./ids";
import type { SettingsStore } from "./settingsStore";
import { type StatusSource, statusWords } from "./statusWords";
import { markdownOf, StatusEntry } from "./surfaces";
import type { Translate } from "./translate";

/** What the status item needs from its surroundings. */
export interface StatusParts {
  readonly controller: Controller;
  readonly settings: SettingsStore;
  /** The model that would be used now, and the pattern that chose it. */
  readonly model: () => StatusSource["model"];
  readonly translate: Translate;
}

/** The commands that links of the tooltip may run. */
const tooltipCommands = [
  commandIds.cancel,
  commandIds.showPanel,
  commandIds.chooseModel,
  commandIds.chooseMethods,
  commandIds.toggleImportance,
  commandIds.toggleAttention,
  commandIds.showLog,
] as const;

/** The one status item: health, prediction under the cursor, method, model, progress, and links in its tooltip. */
export class StatusItem implements vscode.Disposable {
  readonly #parts: StatusParts;
  readonly #entry = new StatusEntry("explainWithTransformer.status", "Explain with Transformer");
  readonly #disposables: vscode.Disposable[];
  #failure: string | null = null;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#disposables = [
      this.#entry,
      parts.controller.onDidChange(() => this.update()),
      parts.settings.onDidChange(() => this.update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.window.onDidChangeTextEditorSelection(() => this.update()),
    ];
    this.update();
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
    const { icon, words, tooltip, severity } = statusWords(
      {
        running: controller.running,
        current: current && {
          explanation: current.explanation,
          stale: isStale(current),
          hasOwnColours: hasOwnColours(current),
        },
        failure: this.#failure,
        model: this.#parts.model(),
        settings: settings.get(),
      },
      translate,
    );
    this.#entry.show({
      icon,
      words,
      tooltip: markdownOf(tooltip, tooltipCommands),
      command: severity === "error" ? commandIds.showLog : current ? commandIds.showPanel : commandIds.explainSelection,
      isError: severity === "error",
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }
}
