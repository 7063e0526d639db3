import * as vscode from "vscode";
import { readKeptPanel } from "../common/keptPanel";
import type { Controller } from "../editor/controller";
import { type Explained, trackExplanation } from "../editor/explained";

/** Takes up again what a web view has kept over a reload of the window; `null` where that is nothing whole. */
export function restored(
  controller: Pick<Controller, "restore">,
  kept: unknown,
): { readonly shown: Explained; readonly pinned: boolean } | null {
  const { subject, status } = readKeptPanel(kept);
  const uri = subject && addressOf(subject.uri);
  if (!subject || !status || !uri) {
    return null;
  }
  const { request, explanation, read, second } = subject;
  const { start, second: at, pinned } = status.place;
  const other = second && addressOf(second.uri);
  const tracked = second && at !== null ? trackExplanation(at, explanation, second.read, 1) : null;
  const place = second && other && tracked && { uri: other, read: second.read, isShared: second.isShared, tracked };
  return { shown: controller.restore(uri, { start, read, second: place }, request, explanation), pinned };
}

/** The address that kept words spell; `null` where they spell none, which the editor throws at. */
function addressOf(words: string): vscode.Uri | null {
  try {
    return vscode.Uri.parse(words);
  } catch {
    return null;
  }
}
