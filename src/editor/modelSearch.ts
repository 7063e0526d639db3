import * as vscode from "vscode";
import type { FoundModel, ModelPlaces } from "../common/model";
import { modelName } from "../common/modelName";
import type { ModelParts } from "./modelParts";
import { isNetworkPath } from "./settings";

/** Where recently chosen model folders are remembered. */
const recentKey = "recentModels";
const recentLimit = 8;

/** A model of which nothing but its place is known. */
export type UnseenModel = Pick<FoundModel, "id" | "directory" | "title">;

/** What one search for models gives. */
export interface ModelList {
  readonly found: readonly FoundModel[];
  /** Recent folders on other computers: to look there would tell that computer who asks. */
  readonly far: readonly UnseenModel[];
}

/** What is known of models before the search. */
export function unsearched({ memory }: Pick<ModelParts, "memory">): ModelList {
  const far = recentModels(memory).filter(isNetworkPath);
  return { found: [], far: far.map((directory) => ({ id: modelName(directory), directory, title: "Recent" })) };
}

/** Searches all places for models, those of a workspace where it is trusted. */
export async function searchModels(parts: Pick<ModelParts, "bundled" | "engine" | "memory">): Promise<ModelList> {
  const { far } = unsearched(parts);
  return { found: await parts.engine.request("findModels", modelPlaces(parts)), far };
}

/** Where models are looked for: nowhere in a workspace that is not trusted, and nowhere that is not on this machine's disk. */
function modelPlaces({ bundled, memory }: Pick<ModelParts, "bundled" | "memory">): ModelPlaces {
  const all = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  return {
    bundled,
    folders: all.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath),
    recent: recentModels(memory).filter((folder) => !isNetworkPath(folder)),
  };
}

/** Remembers that a folder was chosen. */
export async function rememberModel(memory: vscode.Memento, folder: string): Promise<void> {
  const recent = [folder, ...recentModels(memory).filter((other) => other !== folder)];
  await memory.update(recentKey, recent.slice(0, recentLimit));
}

function recentModels(memory: vscode.Memento): string[] {
  const stored = memory.get<unknown>(recentKey);
  return Array.isArray(stored) ? stored.filter((entry) => typeof entry === "string") : [];
}
