import * as path from "node:path";
import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import { settingKeys, settingSection } from "./ids";
import { pathInWorkspace } from "./modelChoice";
import type { ModelParts } from "./modelParts";
import { isNode, type ModelNode, nodeReference } from "./modelTree";
import { shortPath } from "./modelWords";
import { saveAsOnnx } from "./saveAsOnnx";
import { isNetworkPath } from "./settings";
import { askText, confirmAction, showBriefly } from "./surfaces";
import { useModel } from "./useModel";

/** What can be done with a row of the view of models. */
export type ModelAction = "use" | "useForFiles" | "save" | "reveal" | "remove";

/** Does something with a row of the view of models, as the editor hands it over; gives whether there may be other models now. Throws an `ExplainError` for what is no such row. */
export async function actOnModel(parts: ModelParts, action: ModelAction, node: unknown): Promise<boolean> {
  if (!isNode(node)) {
    throw new ExplainError("input-unreadable", "Choose a model in the view of models first.");
  }
  return (await actions[action](parts, node)) === true;
}

const actions: Readonly<Record<ModelAction, (parts: ModelParts, node: ModelNode) => Promise<unknown>>> = {
  use: (parts, node) => useModel(parts, referenceOf(node)),
  useForFiles,
  save: (parts, node) => saveAsOnnx(parts, referenceOf(node)),
  reveal: (_, node) => reveal(folderOf(node)),
  remove,
};

function referenceOf(node: ModelNode): ModelReference {
  const reference = nodeReference(node);
  if (!reference) {
    throw new ExplainError("input-unreadable", "Choose one of the models below.");
  }
  return reference;
}

function folderOf(node: ModelNode): string {
  return node.kind === "training" ? node.training.directory : referenceOf(node).directory;
}

/** Asks for which files a model is the one to take, and writes that into the settings. */
async function useForFiles(parts: ModelParts, node: ModelNode): Promise<void> {
  const { engine, translate } = parts;
  const reference = referenceOf(node);
  const pattern = await askText({
    title: translate("Files to explain with this model"),
    prompt: translate("A pattern for their names, such as *.de.md, or a language in brackets, such as [markdown]."),
    value: usualPattern(),
  });
  if (pattern === undefined || pattern.trim() === "") {
    return;
  }
  await engine.request("describeModel", reference);
  const { written, isPortable } = writtenAs(parts, reference, node);
  const configuration = vscode.workspace.getConfiguration(settingSection);
  const here = isPortable && vscode.workspace.workspaceFolders !== undefined;
  const known = configuration.inspect<Record<string, string>>(settingKeys.modelByPattern);
  const before = here ? known?.workspaceValue : known?.globalValue;
  const target = here ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update(settingKeys.modelByPattern, { ...before, [pattern.trim()]: written }, target);
  showBriefly(translate("{0} is explained with {1}", pattern.trim(), written), 4000);
}

/** What follows the name in the file in front: `.de.md`, `.txt`. */
function usualPattern(): string {
  const document = vscode.window.activeTextEditor?.document;
  const ending = document && /^[^.]*((?:\.\w{1,12}){1,2})$/.exec(path.basename(document.uri.path))?.[1];
  return ending === undefined ? "" : `*${ending}`;
}

/** How settings name a model, and whether that means the same to others who open the workspace. */
function writtenAs(
  { bundled, workspaceFolder }: ModelParts,
  { directory, file }: ModelReference,
  node: ModelNode,
): { readonly written: string; readonly isPortable: boolean } {
  const isNamed = file === null && (directory === bundled || (node.kind === "model" && node.model.removable));
  if (isNamed && "model" in node) {
    return { written: node.model.id, isPortable: true };
  }
  const below = isNetworkPath(directory) ? null : pathInWorkspace(directory, workspaceFolder());
  const folder = below === null ? directory : `./${below}`;
  return { written: file === null ? folder : `${folder}/${file}`, isPortable: below !== null };
}

/** Shows a folder in the explorer where it lies in the workspace, else in the system's own; where there is none, says where it is. */
async function reveal(directory: string): Promise<void> {
  const uri = vscode.Uri.file(directory);
  const isHere = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  try {
    await vscode.commands.executeCommand(isHere ? "revealInExplorer" : "revealFileInOS", uri);
  } catch {
    await vscode.env.clipboard.writeText(directory);
    showBriefly(vscode.l10n.t("Path copied: {0}", directory), 4000);
  }
}

async function remove({ engine, translate }: ModelParts, node: ModelNode): Promise<boolean> {
  const { directory } = referenceOf(node);
  const id = "model" in node ? node.model.id : directory;
  const isSure = await confirmAction(
    translate("Delete the download of {0}?", id),
    [
      translate(
        "{0} is deleted from the model hub's cache, also for other programs. It can be downloaded again.",
        shortPath(directory),
      ),
    ],
    translate("Delete"),
  );
  if (isSure) {
    await engine.request("removeDownload", { directory });
    showBriefly(translate("Deleted: {0}", id), 4000);
  }
  return isSure;
}
