import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { cleanName } from "../common/cleanWords";
import { formatBytes } from "../common/format";
import type { Engine } from "./engine";
import { settingKeys, settingSection } from "./ids";
import { pathInWorkspace } from "./modelChoice";
import { type ModelFacts, modelFacts } from "./modelFacts";
import { isNetworkPath } from "./settings";
import { pickFolder, pickOne, showBriefly } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** Where recently chosen model folders are remembered. */
const recentKey = "recentModels";
const recentLimit = 8;
/** Files of the workspace that are looked at; a workspace can hold thousands of `config.json`. */
const searchLimit = 200;

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
  const search = async (token: vscode.CancellationToken): Promise<ModelItem[]> =>
    pickerItems(parts, await factsOf(parts, await workspaceModels(token)));
  const chosen = await pickOne(pickerItems(parts, await factsOf(parts, [])), search, {
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

/** What the lists are made from: the bundled model, those of the workspace, and recent ones. */
interface Found {
  readonly bundled: ModelFacts;
  readonly here: readonly ModelFacts[];
  readonly recent: readonly ModelFacts[];
}

async function factsOf({ bundled, memory }: ModelPickerParts, here: readonly string[]): Promise<Found> {
  const recent = recentModels(memory).filter((folder) => !here.includes(folder) && folder !== bundled);
  // To look at a place on another computer would tell that computer who asks; its row has a name only.
  const look = (folder: string): Promise<ModelFacts> | ModelFacts =>
    isNetworkPath(folder) ? { folder, labels: [], labelCount: 0, bytes: 0, problem: null } : modelFacts(folder);
  const all = (folders: readonly string[]): Promise<ModelFacts[]> => Promise.all(folders.map(look));
  return { bundled: await modelFacts(bundled), here: await all(here), recent: await all(recent) };
}

function pickerItems(parts: ModelPickerParts, { bundled, here, recent }: Found): ModelItem[] {
  const { translate } = parts;
  const heading = (label: string): ModelItem => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    folder: null,
  });
  const section = (label: string, facts: readonly ModelFacts[], where: (folder: string) => string): ModelItem[] =>
    facts.length === 0 ? [] : [heading(label), ...facts.map((one) => row(parts, one, where(one.folder)))];
  const usable = ({ problem }: ModelFacts): boolean => problem === null;
  const unusable = [...here, ...recent].filter((facts) => !usable(facts));
  const relative = (folder: string): string => vscode.workspace.asRelativePath(folder);
  return [
    ...section(translate("Included"), [bundled], () => translate("small English sentiment classifier")),
    ...section(translate("In this workspace"), here.filter(usable), relative),
    ...section(translate("Recent"), recent.filter(usable), shorten),
    ...section(translate("Cannot be used"), unusable, shorten),
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
function row({ current, translate }: ModelPickerParts, facts: ModelFacts, where: string): ModelItem {
  const inUse = path.normalize(facts.folder) === current();
  const more = facts.labelCount > facts.labels.length ? ["…"] : [];
  const detail = facts.problem
    ? translateMessage(translate, facts.problem)
    : [
        ...(facts.labelCount === 1
          ? [translate("a number for each text")]
          : [translate("text classification"), [...facts.labels, ...more].join(", ")].filter((part) => part !== "")),
        ...(facts.bytes > 0 ? [formatBytes(facts.bytes)] : []),
      ].join(" · ");
  return {
    folder: facts.folder,
    label: path.basename(facts.folder),
    description: inUse ? translate("{0} – in use", where) : where,
    detail,
    ...(inUse ? { iconPath: new vscode.ThemeIcon("check") } : {}),
    ...(facts.problem ? { iconPath: new vscode.ThemeIcon("error") } : {}),
  };
}

/** Folders of the workspace that look like a model, or nearly, sorted; none in a workspace that is not trusted. */
async function workspaceModels(token: vscode.CancellationToken): Promise<string[]> {
  if (!vscode.workspace.isTrusted) {
    return [];
  }
  const skip = "**/{node_modules,.git,.venv,venv}/**";
  const parts = ["**/tokenizer.json", "**/config.json", "**/*.onnx"];
  const found = await Promise.all(
    parts.map((pattern) => vscode.workspace.findFiles(pattern, skip, searchLimit, token)),
  );
  const seen = new Map<string, number>();
  for (const files of found) {
    const folders = files.filter(({ scheme }) => scheme === "file").map(({ fsPath }) => modelFolderOf(fsPath));
    for (const folder of new Set(folders)) {
      seen.set(folder, (seen.get(folder) ?? 0) + 1);
    }
  }
  // Many a folder has a config.json; two of the three are the start of a model.
  return [...seen].flatMap(([folder, kinds]) => (kinds >= 2 ? [folder] : [])).sort();
}

/** The folder that a file is a part of as a model: graphs may lie in `onnx/`. */
function modelFolderOf(file: string): string {
  const folder = path.dirname(file);
  return file.endsWith(".onnx") && path.basename(folder) === "onnx" ? path.dirname(folder) : folder;
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

/** A path as a person writes it, with `~` for the home folder. */
function shorten(folder: string): string {
  const home = os.homedir();
  return folder.startsWith(home + path.sep) ? `~${folder.slice(home.length)}` : folder;
}
