import { realpath } from "node:fs/promises";
import { posix } from "node:path";
import { dataLocations } from "../models/dataLocations";
import type { CacheLayout } from "./cacheLayout";
import type { HubFile, HubModel } from "./hubModel";
import { isSafePath } from "./safePath";

/**
 * The files of a model in which those `.onnx` files among `files` that are in the cache keep weights, by whatever names, and which are not among `files` yet. Names that lead out of the
 * `.onnx` file's folder, and what the hub does not list, are left out: the model is refused when it is opened.
 */
export async function namedData(
  layout: CacheLayout,
  { commit, files: all }: Pick<HubModel, "commit" | "files">,
  files: readonly HubFile[],
): Promise<HubFile[]> {
  const named = new Set<string>();
  for (const file of files.filter(({ path }) => /\.onnx$/i.test(path))) {
    const place = await layout.find(commit, file);
    const locations = place === null ? [] : dataLocations(await realpath(place));
    for (const path of locations.flatMap((location) => pathBeside(file.path, location))) {
      named.add(path);
    }
  }
  return all.filter((file) => named.has(file.path) && !files.includes(file));
}

/** The path of what an `.onnx` file names, as the hub has it; none where it lies elsewhere. */
export function pathBeside(onnx: string, location: string): string[] {
  const parts = location.split(/[/\\]/);
  const path = posix.join(posix.dirname(onnx), ...parts);
  return parts[0] !== "" && !parts.includes("..") && isSafePath(path) ? [path] : [];
}
