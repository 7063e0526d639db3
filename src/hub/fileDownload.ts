import { type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { ExplainError, throwIfCancelled } from "../common/errors";
import type { HubAccess } from "./access";
import { BlobHash } from "./blobHash";
import type { CacheLayout } from "./cacheLayout";
import { lockDownload } from "./downloadLock";
import type { HubFile } from "./hubModel";
import { hostOf, noHub, refusalOf, unreachable } from "./refusals";
import { get, type OpenResponse } from "./request";

/** Which file of which model is downloaded, into which cache. */
export interface FileDownload {
  readonly access: HubAccess;
  readonly name: string;
  readonly commit: string;
  readonly file: HubFile;
  readonly layout: CacheLayout;
  readonly signal: AbortSignal;
  /** Told how many bytes of it are there, and whether another process fetches them. */
  readonly report: (done: number, isWaiting: boolean) => void;
}

/**
 * Downloads a file into the cache, going on where it was cut before, and checks its bytes against the hash that the hub names. Waits where another process downloads it. Throws
 * `download-damaged` for other bytes, which are removed; `hub-unreachable`, `hub-denied`, `hub-missing` and `cancelled`, after which what came is kept.
 */
export async function downloadFile(download: FileDownload): Promise<void> {
  const { layout, file, signal, report } = download;
  const waiting = async (): Promise<void> => report(await partialBytes(download), true);
  const release = await lockDownload(layout.lock(file), signal, waiting);
  try {
    // Another may have brought it meanwhile.
    if (!(await layout.has(download.commit, file))) {
      await fetchFile(download);
    }
  } finally {
    await release();
  }
}

/** How much of a file is there from an earlier attempt. */
export async function partialBytes({ layout, file }: Pick<FileDownload, "layout" | "file">): Promise<number> {
  const found = await lstat(layout.partial(file)).catch(() => null);
  return found?.isFile() ? Math.min(found.size, file.bytes) : 0;
}

async function fetchFile(download: FileDownload): Promise<void> {
  const { layout, file, signal } = download;
  const partial = layout.partial(file);
  const hash = new BlobHash(file);
  let done = await partialBytes(download);
  // Written at places, never at the end: whoever else writes it writes the same bytes.
  const handle = await openPartial(partial);
  try {
    await hash.addFile(partial, done, signal);
    while (done < file.bytes) {
      const before = done;
      done = await fetchRest(download, handle, hash, done);
      if (done === before) {
        throw unreachable(hostOf(download.access));
      }
    }
    await handle.truncate(file.bytes);
    await handle.sync();
  } catch (error) {
    throwIfCancelled(signal);
    if (error instanceof ExplainError && error.reason === "download-damaged") {
      await rm(partial, { force: true });
    }
    throw error;
  } finally {
    await handle.close();
  }
  if (!hash.isRight()) {
    await rm(partial, { force: true });
    throw damaged(download);
  }
  await rename(partial, layout.blob(file));
}

async function openPartial(path: string): Promise<FileHandle> {
  const found = await lstat(path).catch(() => null);
  try {
    return await open(path, found?.isFile() ? "r+" : "wx+");
  } catch {
    // Whatever stands there is no file that can be gone on with: a link would lead out of the cache.
    await rm(path, { force: true });
    return await open(path, "wx+");
  }
}

/** Asks for the bytes from `start` on and writes those that come; returns up to where they are there. The connection may be cut on the way. */
async function fetchRest(download: FileDownload, handle: FileHandle, hash: BlobHash, start: number): Promise<number> {
  const { access, name, commit, file, signal, report } = download;
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const address = `${access.endpoint}/${name}/resolve/${commit}/${path}`;
  const range = start > 0 ? { range: `bytes=${start}-` } : {};
  const response = await get(access, address, { "accept-encoding": "identity", ...range }, signal);
  let done = start;
  try {
    let skipped = startOf(response, download, start);
    for await (const piece of response.pieces()) {
      const bytes = piece.subarray(Math.min(skipped, piece.length));
      skipped -= piece.length - bytes.length;
      if (done + bytes.length > file.bytes) {
        throw damaged(download);
      }
      await writeAll(handle, bytes, done);
      hash.add(bytes);
      done += bytes.length;
      report(done, false);
    }
  } catch (error) {
    throwIfCancelled(signal);
    // What came before the cut is there: whoever asks again goes on from it.
    if (done > start && error instanceof ExplainError && error.reason === "hub-unreachable") {
      return done;
    }
    throw error;
  } finally {
    response.end();
  }
  return done;
}

/** How many bytes of the answer are there already: none, or all before `start` where the host has sent the whole file. */
function startOf({ status, headers }: OpenResponse, download: FileDownload, start: number): number {
  const { access, name, file } = download;
  if (status === 206) {
    const [, from, all] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
    if (Number(from) !== start) {
      throw noHub(access);
    }
    if (all !== "*" && Number(all) !== file.bytes) {
      throw damaged(download);
    }
    return 0;
  }
  if (status === 416) {
    throw damaged(download);
  }
  if (status !== 200) {
    throw refusalOf({ status, headers, body: null }, access, { name, file: file.path });
  }
  const length = headers.get("content-length");
  const isPacked = (headers.get("content-encoding") ?? "identity") !== "identity";
  if (length !== null && !isPacked && Number(length) !== file.bytes) {
    throw damaged(download);
  }
  return start;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

function damaged({ file, access }: FileDownload): ExplainError {
  return new ExplainError(
    "download-damaged",
    "What {0} sent for {1} is not the file that the hub names, so it was removed. Download again, or check what stands between you and the hub.",
    hostOf(access),
    file.path,
  );
}
