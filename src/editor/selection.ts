import * as vscode from "vscode";
import { checkText, maximumCharacters, tooLong } from "../common/textLimits";
import { offsetAt, sliceOf, spanOf, textOf } from "./offsets";
import { trimSpan } from "./paint";
import { fieldAt, paragraphLines, sentenceAt, textKind } from "./selectionText";
import type { Span } from "./trackedRange";

/**
 * What an editor's cursors ask to explain: every selection, or where nothing is selected what stands at the cursor (sentence, line, field or
 * cell). Without outer white space, in order, each once. Throws an `ExplainError` when one of them cannot be explained.
 */
export function selectedSpans(editor: vscode.TextEditor): Span[] {
  const { document } = editor;
  const slice = sliceOf(document);
  const spans: Span[] = [];
  for (const selection of editor.selections) {
    const span = selection.isEmpty ? spanAtCursor(document, selection.active) : spanOf(document, selection);
    if (span.end - span.start > maximumCharacters) {
      throw tooLong(span.end - span.start);
    }
    const text = slice(span.start, span.end);
    checkText(text, null);
    const trimmed = trimSpan(text, { start: 0, end: text.length });
    if (trimmed) {
      spans.push({ start: span.start + trimmed.start, end: span.start + trimmed.end });
    }
  }
  return spans
    .sort((a, b) => a.start - b.start)
    .filter(
      (span, index, all) => all.findIndex((other) => other.start === span.start && other.end === span.end) === index,
    );
}

function spanAtCursor(document: vscode.TextDocument, position: vscode.Position): Span {
  const kind = textKind(document.languageId, document.uri.path, document.uri.scheme === "vscode-notebook-cell");
  const line = document.lineAt(position.line);
  const lineStart = offsetAt(document, line.range.start);
  if (kind === "cell") {
    return { start: 0, end: offsetAt(document, document.lineAt(document.lineCount - 1).range.end) };
  }
  if (line.text.length > maximumCharacters) {
    throw tooLong(line.text.length);
  }
  if (kind === "csv" || kind === "tsv") {
    const field = fieldAt(line.text, position.character, kind === "csv" ? "," : "\t");
    return { start: lineStart + field.start, end: lineStart + field.end };
  }
  if (kind === "prose") {
    const { first, last } = paragraphLines((number) => document.lineAt(number).text, document.lineCount, position.line);
    const paragraph = new vscode.Range(document.lineAt(first).range.start, document.lineAt(last).range.end);
    const { start, end } = spanOf(document, paragraph);
    if (end - start > maximumCharacters) {
      return { start: lineStart, end: lineStart + line.text.length };
    }
    const sentence = sentenceAt(textOf(document, paragraph), offsetAt(document, position) - start);
    return { start: start + sentence.start, end: start + sentence.end };
  }
  return { start: lineStart, end: lineStart + line.text.length };
}
