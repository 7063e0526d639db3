import * as vscode from "vscode";
import type { Edit, Span } from "./trackedRange";

/*
 * Offsets here count the end of a line as one character, whatever it is in the document, and texts have "\n" there: the same text is explained
 * the same way, and a change of the line ends moves nothing.
 */

function hasLongLineEnds({ eol }: vscode.TextDocument): boolean {
  return eol === vscode.EndOfLine.CRLF;
}

/** The offset of a position. */
export function offsetAt(document: vscode.TextDocument, position: vscode.Position): number {
  return document.offsetAt(position) - (hasLongLineEnds(document) ? position.line : 0);
}

/** The position of an offset. */
export function positionAt(document: vscode.TextDocument, offset: number): vscode.Position {
  let line = 0;
  if (hasLongLineEnds(document)) {
    for (let next = -1; next !== line; ) {
      next = line;
      line = document.positionAt(offset + line + 1).line;
    }
  }
  return document.positionAt(offset + line);
}

/** The range of a stretch. */
export function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(positionAt(document, start), positionAt(document, end));
}

/** The stretch of a range. */
export function spanOf(document: vscode.TextDocument, { start, end }: vscode.Range): Span {
  return { start: offsetAt(document, start), end: offsetAt(document, end) };
}

/** The text of a document or of a part of it. */
export function textOf(document: vscode.TextDocument, range?: vscode.Range): string {
  return document.getText(range).replaceAll("\r\n", "\n");
}

/** Reads stretches of a document by offset without copying the rest. */
export function sliceOf(document: vscode.TextDocument): (start: number, end: number) => string {
  return (start, end) => textOf(document, rangeOf(document, { start, end }));
}

/** The edits that an event tells of. */
export function editsOf({ document, contentChanges }: vscode.TextDocumentChangeEvent): Edit[] {
  const lineEnd = hasLongLineEnds(document) ? 1 : 0;
  return contentChanges.map(({ range: { start, end }, rangeOffset, rangeLength, text }) => ({
    offset: rangeOffset - lineEnd * start.line,
    length: rangeLength - lineEnd * (end.line - start.line),
    text: text.replaceAll("\r\n", "\n"),
  }));
}
