import * as os from "node:os";
import * as path from "node:path";
import type * as vscode from "vscode";
import type { ModelReference } from "../common/model";
import type { Settings } from "./settings";

/** The folder of the bundled model inside the extension. */
export function bundledModelDirectory(extensionUri: vscode.Uri): string {
  return path.join(extensionUri.fsPath, "models", "sentiment");
}

/** The model the settings name: `~` is the home folder, a relative folder is taken from `workspaceFolder`, nothing is the bundled model. */
export function modelFromSettings(
  settings: Pick<Settings, "modelPath" | "modelFile">,
  bundled: string,
  workspaceFolder: string | undefined,
): ModelReference {
  const written = settings.modelPath;
  if (written === "") {
    return { directory: bundled, file: null };
  }
  const expanded = /^~(?=[\\/]|$)/.test(written) ? path.join(os.homedir(), written.slice(1)) : written;
  const directory = path.isAbsolute(expanded) ? expanded : path.resolve(workspaceFolder ?? os.homedir(), expanded);
  return { directory: path.normalize(directory), file: settings.modelFile };
}
