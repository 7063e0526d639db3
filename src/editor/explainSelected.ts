import * as vscode from "vscode";
import { type Needed, neededBy, type Task, taskThatNeeds } from "../common/task";
import { askRemembered } from "./asking";
import type { Asked, Controller } from "./controller";
import type { Engine } from "./engine";
import type { ModelOf } from "./modelChoice";
import { placeOf, readSelections, readStretch, type Selected } from "./selection";
import type { SettingsStore } from "./settingsStore";
import { rememberedTask } from "./taskChoice";
import type { Span } from "./trackedRange";
import type { Translate } from "./translate";

/** What explaining a selection needs of its surroundings. */
export interface SelectedParts {
  readonly controller: Controller;
  readonly engine: Engine;
  readonly settings: Pick<SettingsStore, "get">;
  /** The model that texts are explained with. */
  readonly model: ModelOf;
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
    const needed = found.length === 0 ? undefined : await neededNow(parts, editor.document);
    const asked = needed === "question" ? await withQuestion(editor.document, found, parts) : found;
    if (needed === "labels") {
      await explainByLabels(parts, editor, before, found);
    } else if (asked) {
      await explainSpans(parts, editor, before, asked);
    }
  } else {
    const { offerSample } = await import("./sample");
    await offerSample(parts.translate);
  }
}

/** The editor whose text is meant: the active one, or the first that can be seen. */
export function editorWithText(): vscode.TextEditor | undefined {
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
    const { offerSample } = await import("./sample");
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

/** What the model that is chosen now needs beside a text. */
async function neededNow(parts: SelectedParts, document: vscode.TextDocument): Promise<Needed | undefined> {
  const task = await taskNow(parts, document);
  return task && neededBy(task);
}

/** The task of the model that is chosen now; nothing where it cannot be asked, which explaining then says. */
export async function taskNow(parts: SelectedParts, document: vscode.TextDocument): Promise<Task | undefined> {
  try {
    const model = await parts.model(document);
    return (await parts.engine.request("taskOf", { model, task: rememberedTask(parts.memory, model) })).task;
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

/** Explains texts of a document, each as it was asked; ends the selection once there are colours. */
export async function explainSpans(
  { controller, model, memory }: SelectedParts,
  editor: vscode.TextEditor,
  before: readonly vscode.Selection[],
  asked: readonly Asked[],
): Promise<void> {
  const task = rememberedTask(memory, await model(editor.document));
  const uncover = selectionEnder(editor, controller, asked, before);
  const listener = controller.onDidChange(uncover);
  try {
    await controller.explain(
      editor.document,
      asked.map((one) => ({ ...one, options: { task, ...one.options } })),
    );
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
