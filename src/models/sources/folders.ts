import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
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
      if (await looksLikeModel(directory, entries)) {
        places.push({ id: basename(directory), directory });
        continue;
      }
      const inner = entries.filter((entry) => entry.isDirectory() && !skipped.test(entry.name));
      queue.push(...inner.map(({ name }) => join(directory, name)).sort());
    }
    return places;
  },
};

/** Many a folder has a config.json: two of a model's three parts are the start of one. */
async function looksLikeModel(directory: string, entries: readonly Dirent[]): Promise<boolean> {
  const names = entries.map(({ name }) => name);
  const described = ["config.json", "tokenizer.json"].filter((name) => names.includes(name)).length;
  if (described !== 1) {
    return described > 1;
  }
  const inner = names.includes("onnx") ? await readdir(join(directory, "onnx")).catch(() => []) : [];
  return [...names, ...inner].some((name) => name.toLowerCase().endsWith(".onnx"));
}
