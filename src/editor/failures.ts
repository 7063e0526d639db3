import * as vscode from "vscode";
import type { ErrorData, ErrorReason, ExplainError } from "../common/errors";
import { commandIds } from "./ids";
import { showError, showWarning } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** Failures that another model may not have. */
const modelReasons: ReadonlySet<ErrorReason> = new Set([
  "model-missing",
  "model-file-corrupt",
  "model-file-unsafe",
  "model-unsupported",
  "operator-unsupported",
  "tokenizer-unsupported",
  "tokenizer-corrupt",
  "task-unsupported",
  "not-enough-memory",
  "engine-crashed",
]);

/** Failures of what the person pointed at: nothing in the log would say more. */
const inputReasons: ReadonlySet<ErrorReason> = new Set([
  "text-empty",
  "text-too-long",
  "text-binary",
  "input-unreadable",
]);

/** Failures of writing a file: explaining goes on as before, and nothing in the log would say more. */
const besideReasons: ReadonlySet<ErrorReason> = new Set(["disk-full", "output-unwritable"]);

/** Whether a failure has nothing to do with explaining, but with a file that was to be written. */
export function isBeside({ reason }: Pick<ErrorData, "reason">): boolean {
  return besideReasons.has(reason);
}

/** Whether a failure is about what the person pointed at: nothing is wrong with the model or the engine. */
export function isInputFailure({ reason }: Pick<ErrorData, "reason">): boolean {
  return inputReasons.has(reason);
}

/** Shows a failure of something beside explaining, whatever its reason: one sentence alone. */
export async function showAside(error: ExplainError, translate: Translate): Promise<void> {
  if (error.reason !== "cancelled") {
    await showError(translateMessage(translate, error.text));
  }
}

/** Shows a failure as one sentence, with a button for what may help. Cancelling is no failure and shows nothing. */
export async function showFailure(error: ExplainError, translate: Translate): Promise<void> {
  if (error.reason === "cancelled") {
    return;
  }
  const sentence = translateMessage(translate, error.text);
  if (isInputFailure(error)) {
    await showWarning(sentence);
    return;
  }
  if (isBeside(error)) {
    await showAside(error, translate);
    return;
  }
  const chooseModel = translate("Choose model…");
  const showLog = translate("Show log");
  const actions = modelReasons.has(error.reason) ? [chooseModel, showLog] : [showLog];
  const answer = await showError(sentence, ...actions);
  if (answer === chooseModel) {
    await vscode.commands.executeCommand(commandIds.chooseModel);
  } else if (answer === showLog) {
    await vscode.commands.executeCommand(commandIds.showLog);
  }
}
