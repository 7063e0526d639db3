import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import { checkText } from "../common/textLimits";
import type { Asked, Controller } from "./controller";
import type { Engine } from "./engine";
import { offerSample } from "./sample";
import { askSecondText } from "./secondText";
import { placeOf, readSelections } from "./selection";
import type { Span } from "./trackedRange";
import type { Translate } from "./translate";

/** What explaining a selection needs of its surroundings. */
interface SelectedParts {
  readonly controller: Controller;
  readonly engine: Engine;
  /** What is remembered for the workspace. */
  readonly memory: vscode.Memento;
  readonly translate: Translate;
}

/** Explains what is selected in the active editor, or what stands at its cursors. */
export async function explainSelection(parts: SelectedParts): Promise<void> {
  const editor = editorWithText();
  if (editor) {
    const before = editor.selections;
    await explainSpans(parts, editor, before, await readSelections(editor, parts.engine));
  } else {
    await offerSample(parts.translate);
  }
}

/** Explains two texts together: the two that are selected, or what is selected with one that the person is asked for. */
export async function explainWithSecondText(parts: SelectedParts): Promise<void> {
  const editor = editorWithText();
  if (!editor) {
    await offerSample(parts.translate);
    return;
  }
  const { document, selections } = editor;
  const [first, other, ...more] = await readSelections(editor, parts.engine);
  if (!first) {
    return;
  }
  if (more.length > 0) {
    throw new ExplainError("input-unreadable", "Select one text or two, not more: a model compares two at most.");
  }
  const chosen = other
    ? { text: other.read.text, place: placeOf(document, other) }
    : await askSecondText(editor, first, parts);
  if (chosen) {
    checkText(first.read.text, chosen.text);
    await explainSpans(parts, editor, selections, [{ ...first, second: chosen.place, options: { pair: chosen.text } }]);
  }
}

function editorWithText(): vscode.TextEditor | undefined {
  // The panel may have the focus, with the text beside it.
  return vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
}

async function explainSpans(
  { controller }: SelectedParts,
  editor: vscode.TextEditor,
  before: readonly vscode.Selection[],
  asked: readonly Asked[],
): Promise<void> {
  const uncover = selectionEnder(editor, controller, asked, before);
  const listener = controller.onDidChange(uncover);
  try {
    await controller.explain(editor.document, asked);
    uncover();
  } finally {
    listener.dispose();
  }
}

/** Ends the selection once there are colours, since its own colour would hide theirs; one that was changed meanwhile stays, and a mere cursor is left alone. */
function selectionEnder(
  editor: vscode.TextEditor,
  controller: Controller,
  spans: readonly Span[],
  before: readonly vscode.Selection[],
): () => void {
  if (before.every(({ isEmpty }) => isEmpty)) {
    // Putting it where it was would undo a click of which this side has not heard yet.
    return () => undefined;
  }
  return () => {
    const shown = controller.shown(editor.document.uri);
    const unchanged =
      editor.selections.length === before.length &&
      editor.selections.every((selection, index) => before[index]?.isEqual(selection));
    if (unchanged && shown.some(({ tracked }) => spans.some(({ start }) => start === tracked.start))) {
      editor.selections = before.map(({ active }) => new vscode.Selection(active, active));
    }
  };
}
