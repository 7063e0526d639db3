import type * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import { defaultOptions } from "../common/options";
import { outputOf, questionAt } from "../common/prediction/registry";
import { OffsetMap } from "../common/reading";
import { asksAboutTokens } from "../common/task";
import type { Asked } from "./controller";
import { currentEditor } from "./currentEditor";
import type { Explained } from "./explained";
import { explainSelection, type SelectedParts } from "./explainSelected";
import { tokenPlace } from "./hover";
import { offsetAt, sliceOf } from "./offsets";
import { openDocument } from "./openDocuments";
import type { PanelPort } from "./panelPort";
import { type AskedBeside, placesNow, readAt, type Selected } from "./selection";
import { rememberedTask } from "./taskChoice";

/** What explaining a word needs of its surroundings. */
interface WordParts extends SelectedParts {
  readonly panel: PanelPort;
}

/** A document and an offset in it. */
interface At {
  readonly document: vscode.TextDocument;
  readonly offset: number;
}

/**
 * Explains what the model says of one word: of a token of an explanation, or of the word at the cursor. An entity, a blank in its place, its surprise, the answer that it is in, the written
 * token that it is. Where a model answers for the text as a whole the text is explained, and the panel shows what the word has to do with it. Throws where there is no word.
 */
export async function explainWord(parts: WordParts, named: Explained | undefined, token: unknown): Promise<void> {
  const at = named && typeof token === "number" ? placeOfToken(named, token) : cursorOf(parts);
  if (!at) {
    throw noWord();
  }
  const explained = named ?? parts.controller.at(at.document.uri, at.offset) ?? writtenBefore(parts, at);
  if (explained?.explanation) {
    await askAt(parts, explained, at);
    return;
  }
  const model = await parts.model(at.document);
  const chosen = rememberedTask(parts.memory, model);
  const { task } = await parts.engine.request("taskOf", { model, task: chosen });
  if (asksAboutTokens(task)) {
    const [first] = await readAt(at.document, at.offset, parts.engine);
    if (first) {
      const position = await tokenAt(parts, first, at, { beside: { task }, model });
      await parts.controller.explain(at.document, [{ ...first, options: { task, position } }]);
    }
  } else {
    await explainSelection(parts);
    showWord(parts, parts.controller.at(at.document.uri, at.offset), at);
  }
}

/** Asks an explained text about the word at a place. */
async function askAt(parts: WordParts, explained: Explained, at: At): Promise<void> {
  const { explanation, request } = explained;
  const places = await placesNow(explained, at.document, parts.engine);
  if (!explanation || !places) {
    return;
  }
  const { first, second, beside } = places;
  const ask = (question: Asked["options"]) =>
    parts.controller.explain(at.document, [{ ...first, second, options: { ...beside, ...question } }]);
  const behind = at.offset - first.end;
  const asked =
    behind >= 0 && outputOf(explanation.prediction) !== null
      ? questionAt(explanation.prediction, { isWritten: true, offset: behind })
      : questionAt(explanation.prediction, { isWritten: false, offset: offsetIn(first, at.offset) });
  if (asked) {
    await ask(asked);
  } else if (asksAboutTokens(explanation.model.task)) {
    const position = await tokenAt(parts, first, at, { beside, model: request.model });
    await ask({ position });
  } else {
    showWord(parts, explained, at);
  }
}

/** Shows what a word has to do with an explanation of the text as a whole. */
function showWord({ panel }: WordParts, explained: Explained | undefined, { document, offset }: At): void {
  const token = explained && tokenPlace(explained, document.uri, offset)?.index;
  panel.show(explained, token === undefined ? undefined : { token });
}

/** The explanation of a text behind which stands, in the document, what the model wrote, around a place. */
function writtenBefore({ controller }: WordParts, { document, offset }: At): Explained | undefined {
  return controller.shown(document.uri).find(({ explanation, tracked: { end } }) => {
    const output = explanation && outputOf(explanation.prediction);
    return (
      output && offset >= end && offset < end + output.length && sliceOf(document)(end, end + output.length) === output
    );
  });
}

/** The token of a text at a place of the document, by the model's own tokenizer. */
async function tokenAt(
  { engine }: WordParts,
  first: Selected,
  { offset }: At,
  { beside, model }: { readonly beside: Partial<AskedBeside>; readonly model: ModelReference },
): Promise<number> {
  const request = { ...defaultOptions, ...beside, text: first.read.text, model };
  const { token } = await engine.request("tokenAt", { request, offset: offsetIn(first, offset) });
  if (token === null) {
    throw noWord();
  }
  return token;
}

/** The offset in a text that was read from a document, of an offset in the document. */
function offsetIn({ start, read }: Selected, offset: number): number {
  const map = new OffsetMap(read);
  return firstUnit(read.text.length, (at) => map.toDocument({ start: at, end: at + 1 }).end > offset - start);
}

/** The first of so many units for which something holds that holds for all behind it; their number where it holds for none. */
function firstUnit(count: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = holds(middle) ? [low, middle] : [middle + 1, high];
  }
  return low;
}

function placeOfToken(explained: Explained, token: number): At | null {
  const document = openDocument(explained.uri);
  const part = explained.tracked.parts[token];
  return document && part && part.start < part.end ? { document, offset: part.start } : null;
}

function cursorOf({ controller }: WordParts): At | null {
  const editor = currentEditor(controller);
  return editor ? { document: editor.document, offset: offsetAt(editor.document, editor.selection.start) } : null;
}

function noWord(): ExplainError {
  return new ExplainError("input-unreadable", "Put the cursor on a word of the text to explain it.");
}
