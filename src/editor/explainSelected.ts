import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import { type Needed, neededBy, taskThatNeeds } from "../common/task";
import { checkText } from "../common/textLimits";
import { askRemembered } from "./asking";
import type { Asked, Controller } from "./controller";
import type { Engine } from "./engine";
import { offerSample } from "./sample";
import { askSecondText } from "./secondText";
import { placeOf, readSelections, readStretch, type Selected } from "./selection";
import type { SettingsStore } from "./settingsStore";
import type { Span } from "./trackedRange";
import type { Translate } from "./translate";

/** What explaining a selection needs of its surroundings. */
interface SelectedParts {
  readonly controller: Controller;
  readonly engine: Engine;
  readonly settings: Pick<SettingsStore, "get">;
  /** The model that texts are explained with. */
  readonly model: () => ModelReference;
  /** What is remembered for the workspace. */
  readonly memory: vscode.Memento;
  readonly translate: Translate;
}

/** Explains what is selected in the active editor, or what stands at its cursors. */
export async function explainSelection(parts: SelectedParts): Promise<void> {
  const editor = editorWithText();
  if (editor) {
    const before = editor.selections;
    const found = await readSelections(editor, parts.engine);
    const needed = found.length === 0 ? undefined : await neededNow(parts);
    const asked = needed === "question" ? await withQuestion(editor.document, found, parts) : found;
    if (needed === "labels") {
      await explainByLabels(parts, editor, before, found);
    } else if (asked) {
      await explainSpans(parts, editor, before, asked);
    }
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

/** Explains what is selected by labels of the person's own, who is asked for them. */
export async function explainWithLabels(parts: SelectedParts): Promise<void> {
  const editor = editorWithText();
  if (editor) {
    const before = editor.selections;
    await explainByLabels(parts, editor, before, await readSelections(editor, parts.engine));
  } else {
    await offerSample(parts.translate);
  }
}

async function explainByLabels(
  parts: SelectedParts,
  editor: vscode.TextEditor,
  before: readonly vscode.Selection[],
  found: readonly Selected[],
): Promise<void> {
  const { translate, settings, memory } = parts;
  const { zeroShot } = settings.get().options;
  const labels = await askRemembered(memory, {
    key: "labels",
    title: translate("Labels of your own"),
    prompt: translate("Write labels with commas between them. The model says which of them fits."),
    first: zeroShot.labels,
  });
  if (labels !== undefined) {
    const options = { task: taskThatNeeds("labels"), zeroShot: { ...zeroShot, labels } };
    await explainSpans(
      parts,
      editor,
      before,
      found.map((one) => ({ ...one, options })),
    );
  }
}

/** What the model that is chosen now needs beside a text; nothing where it cannot be asked, which explaining then says. */
async function neededNow({ engine, model }: SelectedParts): Promise<Needed | undefined> {
  try {
    return neededBy((await engine.request("taskOf", { model: model(), task: null })).task);
  } catch {
    return undefined;
  }
}

/** Texts with the question about each: its own first line where that is one, or else what the person writes into a box; `undefined` where they write nothing. */
async function withQuestion(
  document: vscode.TextDocument,
  found: readonly Selected[],
  { engine, memory, translate }: SelectedParts,
): Promise<readonly Asked[] | undefined> {
  const own = await Promise.all(found.map((one) => questionAbove(document, one, engine)));
  const asked = own.flatMap((one) => one ?? []);
  if (asked.length === found.length) {
    return asked;
  }
  const question = await askRemembered(memory, {
    key: "question",
    title: translate("Question"),
    prompt: translate("What do you want to know from the text?"),
  });
  return question === undefined
    ? undefined
    : found.map((one, at) => own[at] ?? { ...one, options: { pair: question } });
}

/** A text whose first line is a question, as that question about the rest; `null` for others. */
async function questionAbove(
  document: vscode.TextDocument,
  { start, end, read }: Selected,
  engine: Engine,
): Promise<Asked | null> {
  const line = /^[^\n]*[?？]\s*\n/u.exec(read.raw)?.[0];
  if (line === undefined || read.raw.slice(line.length).trim() === "") {
    return null;
  }
  const raw = read.words === null;
  const [question] = await readStretch(document, { start, end: start + line.trimEnd().length }, engine, raw);
  const [rest] = await readStretch(document, { start: start + line.length, end }, engine, raw);
  return question && rest
    ? { ...rest, second: placeOf(document, question), options: { pair: question.read.text } }
    : null;
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
