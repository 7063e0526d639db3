import * as os from "node:os";
import * as path from "node:path";
import type * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import type { Settings } from "./settings";

/** The folder of the bundled model inside the extension. */
export function bundledModelDirectory(extensionUri: vscode.Uri): string {
  return path.join(extensionUri.fsPath, "models", "sentiment");
}

/** The model that a document gets, or without one the usual model. Throws an `ExplainError` where the settings name none that may be looked for. */
export type ModelOf = (document?: vscode.TextDocument) => ModelReference | Promise<ModelReference>;

type ModelSettings = Pick<Settings, "modelPath" | "modelPathRefused" | "modelFile">;

/** The model the settings name. Throws `model-file-unsafe` for a place that only the person's own settings may name; nothing has looked for it then. */
export function modelFromSettings(
  settings: ModelSettings,
  bundled: string,
  workspaceFolder: string | undefined,
): ModelReference {
  if (settings.modelPathRefused) {
    throw elsewhere(settings.modelPath);
  }
  const file = settings.modelPath === "" ? null : settings.modelFile;
  return { directory: modelDirectory(settings.modelPath, bundled, workspaceFolder), file };
}

/** The refusal of a model on another computer that a workspace names. */
export function elsewhere(written: string): ExplainError {
  return new ExplainError(
    "model-file-unsafe",
    "The settings of this workspace name a model on another computer, {0}, which was not looked for. If you trust it, name it in your user settings.",
    written.slice(0, 200),
  );
}

/** A folder as a project's settings should name it: relative to the project, with forward slashes; `null` where it lies elsewhere. */
export function pathInWorkspace(folder: string, workspaceFolder: string | undefined): string | null {
  if (workspaceFolder === undefined) {
    return null;
  }
  const relative = path.relative(workspaceFolder, folder);
  const outside = relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return outside ? null : relative.split(path.sep).join("/") || ".";
}

/** The folder that is meant by a path: `~` is the home folder, a relative folder is taken from `workspaceFolder`, nothing is the bundled model. */
export function modelDirectory(written: string, bundled: string, workspaceFolder: string | undefined): string {
  if (written === "") {
    return bundled;
  }
  const expanded = /^~(?=[\\/]|$)/.test(written) ? path.join(os.homedir(), written.slice(1)) : written;
  const directory = path.isAbsolute(expanded) ? expanded : path.resolve(workspaceFolder ?? os.homedir(), expanded);
  return path.normalize(directory);
}
