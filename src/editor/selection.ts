import * as vscode from "vscode";
import { recognise } from "../common/documentNames";
import { ExplainError } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import type { Reading, ReadRequest } from "../common/reading";
import { type ReadText, readTextOf } from "../common/reading";
import { checkText } from "../common/textLimits";
import type { Engine } from "./engine";
import type { Explained, TextPlace } from "./explained";
import { settingKeys, settingSection } from "./ids";
import { offsetAt, sliceOf, spanOf } from "./offsets";
import { openDocument } from "./openDocuments";
import { type Span, TrackedRange } from "./trackedRange";

/** What is explained of a document: a stretch of it, and how its text was read from it. */
export interface Selected extends Span {
  readonly read: ReadText;
}

/** More of a document than this many characters is not sent to be read; what is around the selection is. */
const mostSent = 1_000_000;

/**
 * What an editor's cursors ask to explain: every selection, or where nothing is selected what stands at the cursor (sentence, line, value, comment or
 * cell), read by the engine as its kind of document. In order, each once; nothing where the document was edited meanwhile. Rejects with an `ExplainError`
 * when one of them cannot be explained.
 */
export async function readSelections(editor: vscode.TextEditor, engine: Engine): Promise<Selected[]> {
  const { document, selections } = editor;
  const { version } = document;
  const asked = selections.map((selection) => spanOf(document, selection));
  const found: Selected[] = [];
  for (const span of asked) {
    const reading = await readPlace(document, span, engine, mostSent / asked.length);
    if (document.version !== version) {
      return [];
    }
    checkText(reading.text, null);
    found.push(selectedOf(document, reading));
  }
  return found
    .sort((a, b) => a.start - b.start)
    .filter(
      (span, index, all) => all.findIndex((other) => other.start === span.start && other.end === span.end) === index,
    );
}

/** What stands in a stretch of a document now, read again; `raw` takes it as it is. Like {@link readSelections} for one selection. */
export async function readStretch(
  document: vscode.TextDocument,
  span: Span,
  engine: Engine,
  raw: boolean,
): Promise<Selected[]> {
  const { version } = document;
  const reading = await engine.request("readDocument", requestFor(document, span, mostSent, raw));
  checkText(reading.text, null);
  return document.version === version ? [selectedOf(document, reading)] : [];
}

/** What stands at an offset of a document, whatever is selected there. Like {@link readSelections} for a cursor. */
export async function readAt(document: vscode.TextDocument, offset: number, engine: Engine): Promise<Selected[]> {
  const { version } = document;
  const reading = await readPlace(document, { start: offset, end: offset }, engine, mostSent);
  checkText(reading.text, null);
  return document.version === version ? [selectedOf(document, reading)] : [];
}

/** What a person has said beside a text, of which an explanation is made again. */
export type AskedBeside = Pick<ExplainRequest, "pair" | "task" | "zeroShot">;

/** The texts of an explanation as they stand now; nothing where one cannot be found any more. Rejects like {@link readSelections}. */
export async function placesNow(
  explained: Explained,
  document: vscode.TextDocument,
  engine: Engine,
): Promise<{ readonly first: Selected; readonly second: TextPlace | null; readonly beside: AskedBeside } | null> {
  const now = async ({ read, tracked }: TextPlace, where: vscode.TextDocument): Promise<Selected | undefined> => {
    const { start, end, stale } = tracked;
    return stale ? (await readStretch(where, { start, end }, engine, read.words === null))[0] : { start, end, read };
  };
  const first = await now(explained, document);
  const other = explained.second && openDocument(explained.second.uri);
  const second = explained.second && other ? await now(explained.second, other) : undefined;
  if (!first || (explained.second && !second)) {
    return null;
  }
  const { pair, task, zeroShot } = explained.request;
  const beside = { pair: second?.read.text ?? pair, task, zeroShot };
  const { isShared = false } = explained.second ?? {};
  return { first, second: second && other ? { ...placeOf(other, second), isShared } : null, beside };
}

/** Where a text that was read stands, to be followed. */
export function placeOf({ uri }: vscode.TextDocument, { start, read }: Selected): TextPlace {
  return { uri, read, tracked: new TrackedRange(start, read.raw) };
}

function selectedOf(document: vscode.TextDocument, reading: Reading): Selected {
  const start = reading.runs[1] ?? 0;
  const end = reading.runs.at(-1) ?? start;
  return { start, end, read: readTextOf(reading, start, sliceOf(document)(start, end)) };
}

async function readPlace(document: vscode.TextDocument, span: Span, engine: Engine, most: number): Promise<Reading> {
  const raw = vscode.workspace.getConfiguration(settingSection, document).get(settingKeys.textRead) === false;
  const read = (place: Span, asItIs: boolean): Promise<Reading> =>
    engine.request("readDocument", requestFor(document, place, most, asItIs));
  if (document.uri.scheme !== "vscode-notebook-cell" || span.start < span.end) {
    return await read(span, raw);
  }
  // A cursor in a cell stands for all of it, but in code for the comment or string around it if there is one.
  const cell = { start: 0, end: lengthOf(document) };
  if (raw || recognise(document.languageId, "")?.kind !== "code") {
    return await read(cell, raw);
  }
  try {
    const here = await read(span, false);
    return here.kind === "raw" ? await read(cell, true) : here;
  } catch (error) {
    if (ExplainError.from(error).reason === "text-empty") {
      return await read(cell, true);
    }
    throw error;
  }
}

function requestFor(document: vscode.TextDocument, span: Span, most: number, raw: boolean): ReadRequest {
  const { languageId, uri } = document;
  const { text, offset } = partAround(document, span, most);
  const { start, end } = { start: span.start - offset, end: span.end - offset };
  return { text, offset, start, end, language: raw ? "raw" : languageId, path: uri.path };
}

/** The text of a document or, where it is too long, whole lines around a stretch of it. */
function partAround(
  document: vscode.TextDocument,
  { start, end }: Span,
  most: number,
): { text: string; offset: number } {
  const slice = sliceOf(document);
  const length = lengthOf(document);
  if (length <= most) {
    return { text: slice(0, length), offset: 0 };
  }
  const reach = Math.max(0, (most - (end - start)) / 2);
  const from = Math.max(0, Math.floor(start - reach));
  const before = slice(from, start);
  const lineEnd = from === 0 ? -1 : before.indexOf("\n");
  const to = Math.min(length, Math.floor(end + reach));
  const after = slice(end, to);
  const lastEnd = to === length ? -1 : after.lastIndexOf("\n");
  const behind = lastEnd < 0 ? after : after.slice(0, lastEnd);
  return { text: before.slice(lineEnd + 1) + slice(start, end) + behind, offset: from + lineEnd + 1 };
}

function lengthOf(document: vscode.TextDocument): number {
  return offsetAt(document, document.lineAt(document.lineCount - 1).range.end);
}
