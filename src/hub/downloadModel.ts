import { statfs } from "node:fs/promises";
import { ExplainError, throwIfCancelled } from "../common/errors";
import { formatBytes } from "../common/format";
import type { HubAccess } from "./access";
import { CacheLayout } from "./cacheLayout";
import { downloadFile, partialBytes } from "./fileDownload";
import type { HubFile, HubModel } from "./hubModel";
import { namedData } from "./namedData";
import { cacheError } from "./systemCode";
import type { Variant } from "./variants";

/** How far a download is. */
export interface DownloadProgress {
  /** The file that is downloaded. */
  readonly file: string;
  /** Bytes of all files that are there, and that there are to be. */
  readonly done: number;
  readonly total: number;
  /** Whether another process downloads that file. */
  readonly isWaiting: boolean;
}

/** A model that is in the cache. */
export interface Downloaded {
  /** The folder of its files, at one commit. */
  readonly directory: string;
  /** How many bytes were not there before. */
  readonly fetched: number;
}

/** What is downloaded, and who is told. */
export interface ModelDownload {
  readonly model: Pick<HubModel, "name" | "commit" | "files">;
  /** The branch, tag or commit that was asked for; `null` for the usual one. */
  readonly revision: string | null;
  readonly variant: Pick<Variant, "files">;
  readonly signal: AbortSignal;
  readonly report: (progress: DownloadProgress) => void;
  /** Asked before files are downloaded that an `.onnx` file turned out to need, with the bytes that are to come; throws where they are not wanted. */
  readonly agree?: (files: readonly HubFile[], missing: number) => Promise<void>;
}

/** What of a download is not there yet, in bytes, as far as is known: `.onnx` files that are not there may name further files. */
export async function missingBytes(
  access: HubAccess,
  { model, variant }: Pick<ModelDownload, "model" | "variant">,
): Promise<number> {
  const layout = new CacheLayout(access, model.name);
  const files = [...variant.files, ...(await namedData(layout, model, variant.files))];
  const missing = await missingFiles(layout, model.commit, files);
  return missing.reduce((sum, { rest }) => sum + rest, 0);
}

/**
 * Brings the files of a model into the cache that is shared with the hub's own tools, and those that its `.onnx` files name; what is there is left alone. The folder appears with the last file, so
 * that nobody finds half a model. Throws `disk-full` before anything is written that has no room, what `downloadFile` and `agree` throw, and `output-unwritable`.
 */
export async function downloadModel(access: HubAccess, download: ModelDownload): Promise<Downloaded> {
  const { model, revision, variant } = download;
  const layout = new CacheLayout(access, model.name);
  const { commit } = model;
  try {
    await layout.prepare();
    let files: readonly HubFile[] = variant.files;
    let named: readonly HubFile[] = await namedData(layout, model, files);
    let fetched = 0;
    for (;;) {
      files = [...files, ...named];
      fetched += await fetchMissing(access, layout, download, files);
      named = await namedData(layout, model, files);
      if (named.length === 0) {
        break;
      }
      const more = await missingBytes(access, { model, variant: { files: named } });
      if (more > 0) {
        await download.agree?.(named, more);
      }
    }
    for (const file of files) {
      await layout.place(commit, file);
    }
    await layout.remember(revision ?? "main", commit);
    return { directory: layout.snapshot(commit), fetched };
  } catch (error) {
    throw cacheError(error, access.cache);
  }
}

/** Downloads those of some files that are not there; returns how many bytes came. */
async function fetchMissing(
  access: HubAccess,
  layout: CacheLayout,
  { model, signal, report }: ModelDownload,
  files: readonly HubFile[],
): Promise<number> {
  const { name, commit } = model;
  const missing = await missingFiles(layout, commit, files);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const fetched = missing.reduce((sum, { rest }) => sum + rest, 0);
  await requireSpace(access.cache, fetched);
  let before = total - missing.reduce((sum, { file }) => sum + file.bytes, 0);
  for (const { file } of missing) {
    throwIfCancelled(signal);
    const tell = (done: number, isWaiting: boolean): void =>
      report({ file: file.path, done: before + done, total, isWaiting });
    tell(await partialBytes({ layout, file }), false);
    await downloadFile({ access, name, commit, file, layout, signal, report: tell });
    before += file.bytes;
  }
  return fetched;
}

interface MissingFile {
  readonly file: HubFile;
  /** How many of its bytes are still to come. */
  readonly rest: number;
}

/** The files that are not there, each hash once, small ones first: a model that cannot be used for another reason says so early. */
async function missingFiles(layout: CacheLayout, commit: string, files: readonly HubFile[]): Promise<MissingFile[]> {
  const missing: MissingFile[] = [];
  const known = new Set<string>();
  for (const file of [...files].sort((one, other) => one.bytes - other.bytes)) {
    if (!known.has(file.hash) && !(await layout.has(commit, file))) {
      known.add(file.hash);
      missing.push({ file, rest: file.bytes - (await partialBytes({ layout, file })) });
    }
  }
  return missing;
}

/** Throws `disk-full` where a disk has less room than is wanted. */
async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (bytes > free) {
    throw new ExplainError(
      "disk-full",
      "The download takes {0}, and the disk of {1} has {2} left. Free some space, or set HF_HUB_CACHE to a folder on another disk.",
      formatBytes(bytes),
      folder,
      formatBytes(free),
    );
  }
}
