import type * as vscode from "vscode";
import type { Controller } from "./controller";
import { hasOwnColours } from "./explained";
import { offsetAt } from "./offsets";
import type { Settings } from "./settings";

/** Keeps the editor from marking the word at the cursor, and words that are the same, inside a text that has colours: its grey would hide theirs. */
export class PlainWords implements vscode.DocumentHighlightProvider {
  readonly #controller: Pick<Controller, "at">;
  readonly #settings: () => Pick<Settings, "showImportance" | "showAttention">;

  constructor(controller: Pick<Controller, "at">, settings: () => Pick<Settings, "showImportance" | "showAttention">) {
    this.#controller = controller;
    this.#settings = settings;
  }

  /** Nothing to mark inside such a text; elsewhere no answer, so that the editor asks others. */
  provideDocumentHighlights(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): vscode.DocumentHighlight[] | undefined {
    const explained = this.#controller.at(document.uri, offsetAt(document, position));
    if (!explained?.explanation) {
      return undefined;
    }
    const { showImportance, showAttention } = this.#settings();
    return showImportance || showAttention || hasOwnColours(explained) ? [] : undefined;
  }
}
