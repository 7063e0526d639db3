import { lstat, readdir, readFile, readlink, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ExplainError } from "../common/errors";
import { hubCache } from "./sources/hubCache";

/**
 * Deletes one revision of a model in the model hub's cache: its folder, what only it refers to, and the model's own folder where nothing is left of it. Other revisions stay
 * whole. Nothing but what the cache lists is ever deleted. Throws `model-missing` for another folder, and `model-file-unsafe` where the system does not let it go.
 */
export async function removeDownload(directory: string): Promise<void> {
  const places = await hubCache.find({ bundled: "", folders: [], recent: [] });
  const snapshot = resolve(directory);
  if (!places.some((place) => resolve(place.directory) === snapshot)) {
    throw new ExplainError("model-missing", "There is no downloaded model at {0}.", directory);
  }
  const snapshots = dirname(snapshot);
  const model = dirname(snapshots);
  try {
    const others = (await readdir(snapshots)).filter((name) => name !== basename(snapshot));
    if (others.length === 0) {
      await rm(model, { recursive: true });
      return;
    }
    const kept = new Set((await Promise.all(others.map((name) => blobsIn(join(snapshots, name))))).flat());
    const own = await blobsIn(snapshot);
    await removeReferences(join(model, "refs"), basename(snapshot));
    await rm(snapshot, { recursive: true });
    for (const blob of own.filter((path) => !kept.has(path) && dirname(path) === join(model, "blobs"))) {
      await rm(blob, { force: true });
    }
  } catch {
    throw new ExplainError(
      "model-file-unsafe",
      "{0} cannot be deleted, or not all of it. Check who may write there, and whether a program uses it.",
      model,
    );
  }
}

/** What the files of a folder link to; links to folders are not followed. */
async function blobsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(links.map(async (link) => resolve(dirname(link), await readlink(link))));
}

/** Deletes names that stand for a revision. */
async function removeReferences(folder: string, revision: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path)).size < 200 && (await readFile(path, "utf8")).trim() === revision) {
      await rm(path);
    }
  }
}
