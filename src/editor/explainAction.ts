import * as vscode from "vscode";
import { commandIds } from "./ids";
import type { Translate } from "./translate";

/** Offers to explain selected words in the menu of the light bulb. */
export class ExplainAction implements vscode.CodeActionProvider {
  /** What the editor may ask for to get this action. */
  static readonly kind = vscode.CodeActionKind.Refactor.append("explainWithTransformer");
  readonly #translate: Translate;

  constructor(translate: Translate) {
    this.#translate = translate;
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    // A letter is soon found; a selection of a whole large file need not be read for it.
    const start = document.getText(range).slice(0, 1000);
    if (!/\p{L}/u.test(start)) {
      return [];
    }
    const title = this.#translate("Explain with Transformer");
    const action = new vscode.CodeAction(title, ExplainAction.kind);
    action.command = { title, command: commandIds.explainSelection };
    return [action];
  }
}
