import type * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import { readsTextsApart } from "../common/task";
import { checkText } from "../common/textLimits";
import { editorWithText, explainSpans, type SelectedParts, taskNow } from "./explainSelected";
import { offerSample } from "./sample";
import { askSecondText } from "./secondText";
import { placeOf, readSelections, type Selected } from "./selection";

/** Explains two texts together: the two that are selected, or what is selected with one that the person is asked for; of more, the first with each of the others, where a model can do that. */
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
  if (other && more.length > 0) {
    await explainAgainst(parts, editor, first, [other, ...more]);
    return;
  }
  const chosen = other
    ? { text: other.read.text, place: placeOf(document, other) }
    : await askSecondText(editor, first, parts);
  if (chosen) {
    checkText(first.read.text, chosen.text);
    await explainSpans(parts, editor, selections, [{ ...first, second: chosen.place, options: { pair: chosen.text } }]);
  }
}

/** Explains how each of several texts compares with one; they are coloured, and that is followed alone, since it is explained several times. */
async function explainAgainst(
  parts: SelectedParts,
  editor: vscode.TextEditor,
  one: Selected,
  others: readonly Selected[],
): Promise<void> {
  const task = await taskNow(parts, editor.document);
  if (task !== undefined && !readsTextsApart(task)) {
    throw new ExplainError(
      "input-unreadable",
      "Select one text or two, not more: this model reads two texts together. Models for sentence similarity take several.",
    );
  }
  for (const { read } of others) {
    checkText(read.text, one.read.text);
  }
  const { document, selections } = editor;
  const asked = others.map((other) => ({
    ...other,
    second: { ...placeOf(document, one), isShared: true },
    options: { pair: one.read.text },
  }));
  await explainSpans(parts, editor, selections, asked);
}
