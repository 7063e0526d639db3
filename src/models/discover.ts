import { lstat, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { ExplainError } from "../common/errors";
import { openModelFolder } from "./folder";

/** A folder that looks like a model, and whether this version can use it. */
export interface FoundModel {
  readonly id: string;
  readonly directory: string;
  readonly source: "bundled" | "workspace" | "hub-cache";
  /** The `.onnx` file that is used; `null` if the model cannot be used. */
  readonly file: string | null;
  /** Why the model cannot be used. */
  readonly problem: ExplainError | null;
}

/**
 * Finds models on this machine: the bundled one, folders in `workspace/models`, and what the model hub's own tools have downloaded
 * (`HF_HOME`, by default `~/.cache/huggingface`). Folders without an `.onnx` file are left out, and links to folders are not followed.
 */
export async function findModels(bundled: string, workspace: string): Promise<FoundModel[]> {
  const places = [
    { id: basename(bundled), directory: bundled, source: "bundled" as const },
    ...(await workspaceFolders(workspace)).map((directory) => ({
      id: basename(directory),
      directory,
      source: "workspace" as const,
    })),
    ...(await hubModels()),
  ];
  const seen = new Set<string>();
  const found: FoundModel[] = [];
  for (const place of places) {
    const directory = resolve(place.directory);
    if (!seen.has(directory) && (await exists(join(directory, "config.json")))) {
      seen.add(directory);
      const model = await tryOpen({ ...place, directory });
      if (model) {
        found.push(model);
      }
    }
  }
  return found;
}

/**
 * The folder a person means by a path or by the id of a found model; a path wins. Throws `model-missing`.
 */
export async function resolveModel(name: string, bundled: string, workspace: string): Promise<string> {
  if (await exists(resolve(workspace, name))) {
    return resolve(workspace, name);
  }
  const known = await findModels(bundled, workspace);
  const found = known.find((model) => model.id === name);
  if (found) {
    return found.directory;
  }
  throw new ExplainError(
    "model-missing",
    'There is no model folder "{0}" and no model of that name. Known models: {1}.',
    name,
    known.map((model) => model.id).join(", ") || "none",
  );
}

async function tryOpen(place: Pick<FoundModel, "id" | "directory" | "source">): Promise<FoundModel | null> {
  try {
    const { file } = await openModelFolder({ directory: place.directory, file: null });
    return { ...place, file, problem: null };
  } catch (error) {
    const problem = ExplainError.from(error);
    return problem.reason === "model-missing" ? null : { ...place, file: null, problem };
  }
}

async function hubModels(): Promise<Pick<FoundModel, "id" | "directory" | "source">[]> {
  const home = process.env.HF_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "huggingface");
  const models: Pick<FoundModel, "id" | "directory" | "source">[] = [];
  for (const folder of await foldersIn(join(home, "hub"))) {
    const name = /^models--(.+)$/.exec(basename(folder))?.[1];
    if (name !== undefined) {
      for (const directory of await foldersIn(join(folder, "snapshots"))) {
        models.push({ id: name.replaceAll("--", "/"), directory, source: "hub-cache" });
      }
    }
  }
  return models;
}

/** A workspace may be a stranger's: its `models` is no link either. */
async function workspaceFolders(workspace: string): Promise<string[]> {
  const models = join(workspace, "models");
  const stats = await lstat(models).catch(() => null);
  return stats?.isDirectory() ? await foldersIn(models) : [];
}

async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.sort().map((name) => join(directory, name));
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
