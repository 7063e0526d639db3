import * as vscode from "vscode";
import type { Controller } from "./controller";
import type { Explained } from "./explained";
import { offsetAt, rangeOf } from "./offsets";

/** The active text editor or, while the panel or another view has the focus, a visible one that shows an explanation. */
export function currentEditor(controller: Controller): vscode.TextEditor | undefined {
  return (
    vscode.window.activeTextEditor ??
    vscode.window.visibleTextEditors.find(({ document }) => controller.shown(document.uri).length > 0)
  );
}

/** How far from an explained text the cursor still belongs to it, if there are no words between. */
const nearby = 200;

/** The explanation under the main cursor of the current editor, or beside it with nothing but marks and blank lines between: who selects a whole document has the cursor there. */
export function atCursor(controller: Controller): Explained | undefined {
  const editor = currentEditor(controller);
  if (!editor) {
    return undefined;
  }
  const { document, selection } = editor;
  const offset = offsetAt(document, selection.active);
  const isBeside = ({ tracked }: Explained): boolean => {
    const [start, end] = offset < tracked.start ? [offset, tracked.start] : [tracked.end, offset];
    return end - start <= nearby && !/[\p{L}\p{N}]/u.test(document.getText(rangeOf(document, { start, end })));
  };
  return controller.at(document.uri, offset) ?? controller.shown(document.uri).findLast(isBeside);
}
