import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { modelName } from "../../common/modelName";
import { adapterSettingsFile, adapterWeightsFile } from "../adapter/adapterSettings";
import { vocabularyFiles } from "../tokenizers/tokenizerFiles";
import { byName, stepOf } from "./foldersIn";
import type { ModelPlace, ModelSource } from "./source";

/** Folders that are looked into at most: a home folder may hold a million. */
const mostFolders = 2000;
const mostModels = 100;
/** No person's own: packages of others, and what programs made. */
const skipped = /^\..|^(?:node_modules|__pycache__|venv)$/;

/** Folders of the workspace, or below the one a program runs in; the nearest first. Links are not followed: a workspace may be a stranger's. */
export const folders: ModelSource = {
  title: "In this workspace",
  label: "in this folder",
  async find({ folders: roots }) {
    const places: ModelPlace[] = [];
    const queue = [...roots];
    for (let at = 0; at < queue.length && at < mostFolders && places.length < mostModels; at++) {
      const directory = queue[at] ?? "";
      const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []);
      const isModel = await looksLikeModel(directory, entries);
      if (isModel) {
        places.push({ id: idOf(directory), directory });
      }
      // What a training saved on its way lies in the folder of what it saved last.
      const inner = entries
        .filter((entry) => entry.isDirectory() && !skipped.test(entry.name))
        .map(({ name }) => join(directory, name))
        .filter((folder) => !isModel || stepOf(folder) !== null);
      queue.push(...inner.sort(byName));
    }
    return places;
  },
};

/** A step of a training is known by the training's folder too: many have the same steps. */
function idOf(directory: string): string {
  return stepOf(directory) === null ? modelName(directory) : `${basename(dirname(directory))}/${basename(directory)}`;
}

/** Many a folder has a config.json: two of a model's three parts are the start of one. */
async function looksLikeModel(directory: string, entries: readonly Dirent[]): Promise<boolean> {
  const names = entries.map(({ name }) => name);
  if (names.includes(adapterSettingsFile) && names.includes(adapterWeightsFile)) {
    return true;
  }
  const isConfigured = names.includes("config.json");
  const hasTokenizer = vocabularyFiles.some((name) => names.includes(name));
  if (isConfigured === hasTokenizer) {
    return isConfigured;
  }
  const inner = names.includes("onnx") ? await readdir(join(directory, "onnx")).catch(() => []) : [];
  return [...names, ...inner].some((name) => /^model.*\.safetensors(?:\.index\.json)?$|\.onnx$/i.test(name));
}
