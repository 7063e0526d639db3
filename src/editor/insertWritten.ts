import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import { insertionOf } from "../common/prediction/registry";
import { type Explained, isStale, locator } from "./explained";
import { rangeOf } from "./offsets";
import { openDocument } from "./openDocuments";

/** Writes what a model says into the document, as one edit that can be undone: a word in place of its blank, or all that was written behind the text. Throws where the text is no longer what was explained. */
export async function insertWritten(explained: Explained, outcome: number | null): Promise<void> {
  const { explanation, tracked, uri } = explained;
  const document = openDocument(uri);
  const insertion = explanation && insertionOf(explanation, outcome);
  if (!document || !insertion) {
    throw new ExplainError("request-invalid", "There is nothing to write into the document.");
  }
  if (isStale(explained)) {
    throw new ExplainError(
      "request-invalid",
      "The text has been edited since it was explained. Explain it again first.",
    );
  }
  const { text, place } = insertion;
  const span = place ? locator(explained)(place) : { start: tracked.end, end: tracked.end };
  if (span) {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, rangeOf(document, span), text);
    await vscode.workspace.applyEdit(edit);
  }
}
