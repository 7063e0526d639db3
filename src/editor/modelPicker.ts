import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { cleanName } from "../common/words";
import { settingKeys, settingSection } from "./ids";
import { isNetworkPath } from "./settings";
import { pickFolder, pickOne, showBriefly } from "./surfaces";
import type { Translate } from "./translate";

/** Where recently chosen model folders are remembered. */
const recentKey = "recentModels";
const recentLimit = 8;
/** Folders of the workspace that are looked at; a workspace can hold thousands of `config.json`. */
const searchLimit = 200;

/** What the model picker needs from its surroundings. */
export interface ModelPickerParts {
  readonly bundled: string;
  /** Remembers recent folders. */
  readonly memory: vscode.Memento;
  readonly translate: Translate;
}

interface ModelItem extends vscode.QuickPickItem {
  /** What goes into the setting; `null` opens a folder dialogue. */
  readonly folder: string | null;
  readonly inWorkspace: boolean;
}

/** Lets the person choose a model: the bundled one, one of the workspace, a recent one, or a folder; the choice goes into the settings. */
export async function chooseModel(parts: ModelPickerParts): Promise<void> {
  const { translate } = parts;
  const search = async (token: vscode.CancellationToken) => pickerItems(parts, await workspaceModels(token));
  const chosen = await pickOne(pickerItems(parts, []), search, {
    title: translate("Choose a model"),
    placeholder: translate("A folder with config.json, tokenizer.json and an .onnx file"),
  });
  if (!chosen) {
    return;
  }
  const folder = chosen.folder ?? (await pickFolder(translate("Folder of a model"), translate("Use this model")));
  if (folder !== undefined) {
    await use(parts, folder, chosen.inWorkspace);
  }
}

function pickerItems({ bundled, memory, translate }: ModelPickerParts, found: readonly string[]): ModelItem[] {
  const item = (folder: string, label: string, description: string, inWorkspace: boolean): ModelItem => ({
    folder,
    label,
    description,
    inWorkspace,
  });
  const heading = (label: string): ModelItem => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    folder: null,
    inWorkspace: false,
  });
  const recent = recentModels(memory).filter((folder) => !found.includes(folder));
  return [
    heading(translate("Included")),
    item("", path.basename(bundled), translate("small English sentiment classifier"), false),
    ...(found.length > 0 ? [heading(translate("In this workspace"))] : []),
    ...found.map((folder) => item(folder, path.basename(folder), vscode.workspace.asRelativePath(folder), true)),
    ...(recent.length > 0 ? [heading(translate("Recent"))] : []),
    ...recent.map((folder) => item(folder, path.basename(folder), shorten(folder), false)),
    heading(""),
    {
      label: translate("Browse…"),
      iconPath: new vscode.ThemeIcon("folder-opened"),
      folder: null,
      inWorkspace: false,
      alwaysShow: true,
    },
  ];
}

/** Folders of the workspace that look like a model, sorted; none in a workspace that is not trusted. */
async function workspaceModels(token: vscode.CancellationToken): Promise<string[]> {
  if (!vscode.workspace.isTrusted) {
    return [];
  }
  const skip = "**/{node_modules,.git,.venv,venv}/**";
  const tokenizers = await vscode.workspace.findFiles("**/tokenizer.json", skip, searchLimit, token);
  const found = await Promise.all(
    tokenizers
      .filter(({ scheme }) => scheme === "file")
      .map(async ({ fsPath }) => {
        const folder = path.dirname(fsPath);
        const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), "{*.onnx,onnx/*.onnx}");
        const [config, graphs] = await Promise.all([
          exists(path.join(folder, "config.json")),
          vscode.workspace.findFiles(pattern, null, 1, token),
        ]);
        return config && graphs.length > 0 ? [folder] : [];
      }),
  );
  return found.flat().sort();
}

async function exists(file: string): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.file(file));
    return true;
  } catch {
    // A missing file is an answer here, not a failure.
    return false;
  }
}

async function use({ memory, translate }: ModelPickerParts, folder: string, inWorkspace: boolean): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(settingSection);
  const setHere = configuration.inspect(settingKeys.modelPath)?.workspaceValue !== undefined;
  // Of places on other computers only the person's own settings are believed.
  const own = isNetworkPath(folder) || !(inWorkspace || setHere);
  const target = own ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  if (own && setHere) {
    await configuration.update(settingKeys.modelPath, undefined, vscode.ConfigurationTarget.Workspace);
  }
  await configuration.update(settingKeys.modelPath, folder === "" && !setHere ? undefined : folder, target);
  if (configuration.get(settingKeys.modelFile)) {
    await configuration.update(settingKeys.modelFile, undefined, target);
  }
  if (folder !== "") {
    const recent = [folder, ...recentModels(memory).filter((other) => other !== folder)];
    await memory.update(recentKey, recent.slice(0, recentLimit));
  }
  showBriefly(translate("Model: {0}", folder === "" ? "sentiment" : cleanName(path.basename(folder))), 4000);
}

function recentModels(memory: vscode.Memento): string[] {
  const stored = memory.get<unknown>(recentKey);
  return Array.isArray(stored) ? stored.filter((entry) => typeof entry === "string") : [];
}

/** A path as a person writes it, with `~` for the home folder. */
function shorten(folder: string): string {
  const home = os.homedir();
  return folder.startsWith(home + path.sep) ? `~${folder.slice(home.length)}` : folder;
}
