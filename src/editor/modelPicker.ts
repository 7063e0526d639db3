import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { cleanName } from "../common/cleanWords";
import { formatBytes } from "../common/format";
import type { FoundModel } from "../common/model";
import { tasks } from "../common/task";
import type { Engine } from "./engine";
import { settingKeys, settingSection } from "./ids";
import { pathInWorkspace } from "./modelChoice";
import { isNetworkPath } from "./settings";
import { pickFolder, pickOne, showBriefly } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** Where recently chosen model folders are remembered. */
const recentKey = "recentModels";
const recentLimit = 8;

/** What the model picker needs from its surroundings. */
export interface ModelPickerParts {
  readonly bundled: string;
  /** The folder of the model in use. */
  readonly current: () => string;
  readonly workspaceFolder: () => string | undefined;
  readonly engine: Pick<Engine, "request">;
  /** Remembers recent folders. */
  readonly memory: vscode.Memento;
  readonly translate: Translate;
}

interface ModelItem extends vscode.QuickPickItem {
  /** The folder; `null` opens a folder dialogue. */
  readonly folder: string | null;
}

/**
 * Lets the person choose a model: the bundled one, one of the workspace, a recent one, or a folder. The choice goes into the settings once the engine
 * has read the model; throws an `ExplainError` where it cannot.
 */
export async function chooseModel(parts: ModelPickerParts): Promise<void> {
  const { translate } = parts;
  const none = pickerItems(parts, [], unseen(recentModels(parts.memory).filter(isNetworkPath)));
  const search = async (): Promise<ModelItem[]> => {
    const recent = recentModels(parts.memory);
    // To look at a place on another computer would tell that computer who asks; its row has a name only.
    const far = unseen(recent.filter(isNetworkPath));
    const near = recent.filter((folder) => !isNetworkPath(folder));
    const places = { bundled: parts.bundled, folders: foldersOfWorkspace(), recent: near };
    return pickerItems(parts, await parts.engine.request("findModels", places), far);
  };
  const chosen = await pickOne(none, search, {
    title: translate("Choose a model"),
    placeholder: translate("A folder with config.json, tokenizer.json and an .onnx file"),
  });
  if (!chosen) {
    return;
  }
  const folder = chosen.folder ?? (await pickFolder(translate("Folder of a model"), translate("Use this model")));
  if (folder === undefined) {
    return;
  }
  showBriefly(translate("Reading the model…"), 2000);
  // A folder that cannot be used is refused now, not at the next run.
  await parts.engine.request("describeModel", { directory: folder, file: null });
  await use(parts, folder);
}

/** A model of which nothing but its place is known. */
type Unseen = Pick<FoundModel, "directory" | "title">;

function unseen(folders: readonly string[]): Unseen[] {
  return folders.map((directory) => ({ directory, title: "Recent" }));
}

/** The rows of all models under the headings of their sources; what cannot be used comes last. */
function pickerItems(parts: ModelPickerParts, found: readonly FoundModel[], far: readonly Unseen[]): ModelItem[] {
  const { translate } = parts;
  const heading = (label: string): ModelItem => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    folder: null,
  });
  const usable = [...found.filter(({ problem }) => problem === null), ...far];
  const titles = [...new Set([...found, ...far].map(({ title }) => title))];
  const sections = titles.map((title) => ({ title, models: usable.filter((model) => model.title === title) }));
  const unusable = found.filter(({ problem }) => problem !== null);
  return [
    ...[...sections, { title: "Cannot be used", models: unusable }]
      .filter(({ models }) => models.length > 0)
      .flatMap(({ title, models }) => [heading(translate(title)), ...models.map((model) => row(parts, model))]),
    heading(""),
    {
      label: translate("Browse…"),
      iconPath: new vscode.ThemeIcon("folder-opened"),
      folder: null,
      alwaysShow: true,
    },
  ];
}

/** One model: its name and place, then its task, labels and size, or what is wrong with it; the one in use has a mark. */
function row({ bundled, current, translate }: ModelPickerParts, model: FoundModel | Unseen): ModelItem {
  const { directory } = model;
  const inUse = path.normalize(directory) === current();
  const where = directory === bundled ? translate("small English sentiment classifier") : shorten(directory);
  const problem = "problem" in model ? model.problem : null;
  const detail = problem
    ? translateMessage(translate, problem.message)
    : "file" in model
      ? facts(model, translate)
      : "";
  return {
    folder: directory,
    label: "id" in model ? model.id : path.basename(directory),
    description: inUse ? translate("{0} – in use", where) : where,
    detail,
    ...(inUse ? { iconPath: new vscode.ThemeIcon("check") } : {}),
    ...(problem ? { iconPath: new vscode.ThemeIcon("error") } : {}),
  };
}

function facts({ task, gives, labels, labelCount, bytes }: FoundModel, translate: Translate): string {
  const more = labelCount > labels.length ? ["…"] : [];
  const what =
    gives === "number" && labelCount > 0
      ? [translate("a number for each text")]
      : [task ? translate(tasks[task].label) : "", [...labels, ...more].join(", ")];
  return [...what, ...(bytes > 0 ? [formatBytes(bytes)] : [])].filter((part) => part !== "").join(" · ");
}

/** The folders that are searched: none in a workspace that is not trusted, and none that are not on this machine's disk. */
function foldersOfWorkspace(): string[] {
  const all = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  return all.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
}

async function use({ bundled, memory, workspaceFolder, translate }: ModelPickerParts, folder: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(settingSection);
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const setHere = configuration.inspect(settingKeys.modelPath)?.workspaceValue !== undefined;
  // A path of this machine means nothing to others who open the project; of other computers only the person's own settings are believed.
  const inWorkspace = folder === bundled || isNetworkPath(folder) ? null : pathInWorkspace(folder, workspaceFolder());
  if (inWorkspace === null && setHere) {
    await configuration.update(settingKeys.modelPath, undefined, Workspace);
  }
  const written = inWorkspace ?? (folder === bundled ? undefined : folder);
  const target = inWorkspace === null ? Global : Workspace;
  await configuration.update(settingKeys.modelPath, written, target);
  if (configuration.get(settingKeys.modelFile)) {
    await configuration.update(settingKeys.modelFile, undefined, target);
  }
  if (folder !== bundled) {
    const recent = [folder, ...recentModels(memory).filter((other) => other !== folder)];
    await memory.update(recentKey, recent.slice(0, recentLimit));
  }
  showBriefly(translate("Model: {0}", cleanName(path.basename(folder))), 4000);
}

function recentModels(memory: vscode.Memento): string[] {
  const stored = memory.get<unknown>(recentKey);
  return Array.isArray(stored) ? stored.filter((entry) => typeof entry === "string") : [];
}

/** A path as a person writes it: from the workspace's folder, or with `~` for the home folder. */
function shorten(folder: string): string {
  const here = vscode.workspace.asRelativePath(folder);
  if (here !== folder) {
    return here;
  }
  const home = os.homedir();
  return folder.startsWith(home + path.sep) ? `~${folder.slice(home.length)}` : folder;
}
