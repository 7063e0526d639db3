import * as vscode from "vscode";
import type { Controller } from "./controller";
import type { Explained } from "./explained";
import { offsetAt } from "./offsets";

/** The active text editor or, while the panel or another view has the focus, a visible one that shows an explanation. */
export function currentEditor(controller: Controller): vscode.TextEditor | undefined {
  return (
    vscode.window.activeTextEditor ??
    vscode.window.visibleTextEditors.find(({ document }) => controller.shown(document.uri).length > 0)
  );
}

/** The explanation under the main cursor of the current editor. */
export function atCursor(controller: Controller): Explained | undefined {
  const editor = currentEditor(controller);
  return editor && controller.at(editor.document.uri, offsetAt(editor.document, editor.selection.active));
}
