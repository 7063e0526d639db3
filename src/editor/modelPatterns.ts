import * as path from "node:path";
import * as vscode from "vscode";
import type { ModelReference } from "../common/model";
import { modelName } from "../common/modelName";
import type { Engine } from "./engine";
import { elsewhere, modelDirectory } from "./modelChoice";
import { isLanguage, type ModelPattern, type Settings } from "./settings";

/** The pattern of the settings that chooses a document's model; none where that is the usual one. */
export function patternOf(
  { modelPatterns }: Pick<Settings, "modelPatterns">,
  document: vscode.TextDocument,
): ModelPattern | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  const filter = (pattern: string): vscode.DocumentFilter => {
    if (isLanguage(pattern)) {
      return { language: pattern.slice(1, -1) };
    }
    if (!pattern.includes("/")) {
      return { pattern: `**/${pattern}` };
    }
    return { pattern: folder ? new vscode.RelativePattern(folder, pattern) : pattern };
  };
  return modelPatterns.find(({ pattern }) => vscode.languages.match(filter(pattern), document) > 0);
}

/** What people call the model of a pattern: its name, or the last part of its path. */
export function modelNameOf({ model }: ModelPattern): string {
  return isPath(model) ? modelName(model) : model;
}

/** Whether what a pattern names can only be a path: names of models have slashes too. */
function isPath(model: string): boolean {
  return /^[~.]|^[a-z]:/i.test(model) || path.isAbsolute(model);
}

/** Where a model is looked for by what a pattern of the settings names. */
export interface NamedPlaces {
  readonly bundled: string;
  readonly workspaceFolder: string | undefined;
  readonly engine: Pick<Engine, "request">;
}

/** The model that a pattern of the settings names by its folder, by one of its files, or by its own name. Throws what {@link modelFromSettings} throws, and `model-missing` for an unknown name. */
export async function modelByPattern(
  { model, refused }: ModelPattern,
  { bundled, workspaceFolder, engine }: NamedPlaces,
): Promise<ModelReference> {
  if (refused) {
    throw elsewhere(model);
  }
  const [, folder = model, file = null] =
    /^(.*?)[\\/]((?:onnx[\\/])?[^\\/]+\.(?:onnx|safetensors))$/i.exec(model) ?? [];
  if (file !== null || isPath(model)) {
    return { directory: modelDirectory(folder, bundled, workspaceFolder), file };
  }
  const folders = workspaceFolder === undefined ? [] : [workspaceFolder];
  return {
    directory: await engine.request("resolveModel", { name: model, places: { bundled, folders, recent: [] } }),
    file,
  };
}
