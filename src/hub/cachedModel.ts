import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ExplainError } from "../common/errors";
import { isCheckpoint, shardsOf } from "../models/checkpoint/checkpointFiles";
import { dataLocations } from "../models/dataLocations";
import type { HubAccess } from "./access";
import { CacheLayout } from "./cacheLayout";
import type { HubFile } from "./hubModel";
import { pathBeside } from "./namedData";
import { isSafePath } from "./safePath";
import { chosenVariant, type Variant, variantsOf } from "./variants";

/** Which of a model's files are wanted: one by its name, or those of a precision, or the usual ones. */
export interface WantedVariant {
  readonly file: string | null;
  readonly precision: string | null;
}

/** A model that is in the cache with all that it takes. */
export interface CachedModel {
  readonly directory: string;
  readonly commit: string;
  readonly file: string;
}

/**
 * A model in the cache at a revision (`null`: the usual one), without asking any hub; `null` where it was never downloaded, or something of what is wanted is missing. In which precision a cached
 * checkpoint is cannot be told by its names, so none is found by its precision.
 */
export async function cachedModel(
  access: Pick<HubAccess, "cache" | "withoutLinks">,
  name: string,
  revision: string | null,
  wanted: WantedVariant,
): Promise<CachedModel | null> {
  const layout = new CacheLayout(access, name);
  const commit = await layout.remembered(revision ?? "main");
  if (commit === null) {
    return null;
  }
  const directory = layout.snapshot(commit);
  const files = await filesIn(directory);
  try {
    const variant = variantIn(name, commit, files, wanted);
    return (await isComplete(directory, variant, files)) ? { directory, commit, file: variant.file } : null;
  } catch (error) {
    // Files that are no model, or another one, or one whose list of parts is damaged.
    if (error instanceof ExplainError) {
      return null;
    }
    throw error;
  }
}

/** The plain files of a commit, at the ends of links. Their hashes do not count. */
async function filesIn(directory: string): Promise<HubFile[]> {
  const paths = await readdir(directory, { recursive: true }).catch(() => []);
  const files: HubFile[] = [];
  for (const path of paths.map((one) => one.replaceAll("\\", "/")).filter(isSafePath)) {
    const found = await stat(join(directory, path)).catch(() => null);
    files.push(...(found?.isFile() ? [{ path, bytes: found.size, hash: path, algorithm: "git" as const }] : []));
  }
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** What is wanted of these files. Throws what the choice of a variant throws. */
function variantIn(
  name: string,
  commit: string,
  files: readonly HubFile[],
  { file, precision }: WantedVariant,
): Variant {
  const about = { name, commit, task: null, licence: null, downloads: 0, isGated: false, stored: null };
  const variants = variantsOf({ ...about, files }).filter(({ kind }) => precision === null || kind === "onnx");
  return chosenVariant(variants, name, { file, precision });
}

/** Whether all is there that a variant's files name: its description, the parts of a checkpoint, the files in which weights lie. */
async function isComplete(
  directory: string,
  { kind, file, files: own }: Variant,
  files: readonly HubFile[],
): Promise<boolean> {
  const has = (path: string) => files.some((one) => one.path === path);
  if (!has("config.json") && !has("adapter_config.json")) {
    return false;
  }
  if (kind === "safetensors") {
    return !isCheckpoint(file) || shardsOf(directory, file).every(has);
  }
  for (const { path } of own.filter((one) => /\.onnx$/i.test(one.path))) {
    const locations = dataLocations(await realpath(join(directory, path)));
    if (!locations.flatMap((location) => pathBeside(path, location)).every(has)) {
      return false;
    }
  }
  return true;
}
