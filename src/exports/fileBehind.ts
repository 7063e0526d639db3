import { type BigIntStats, constants } from "node:fs";
import { access, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { unwritable } from "./unwritable";

const longestChain = 40;

/**
 * Where a file's name leads, links followed, and the permissions of what is there; `null` where there is nothing. Throws `output-unwritable`, also
 * for a pipe or a device: a file would take its place.
 */
export async function fileBehind(name: string): Promise<{ readonly path: string; readonly mode: number | null }> {
  try {
    const there = await statOf(name);
    if (!there) {
      const path = await endOfLinks(name);
      await access(dirname(path), constants.W_OK);
      return { path, mode: null };
    }
    if (!there.isFile()) {
      throw Object.assign(new Error(), { code: there.isDirectory() ? "EISDIR" : "not a file" });
    }
    await access(name, constants.W_OK);
    return { path: await realpath(name), mode: Number(there.mode) & 0o777 };
  } catch (error) {
    throw unwritable(name, error);
  }
}

/** What is at a path; `null` where there is nothing. Throws what the file system throws. */
export async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return null;
    }
    throw error;
  }
}

/** Where a name leads whose last link points at nothing yet. */
async function endOfLinks(name: string): Promise<string> {
  let path = resolve(name);
  for (let links = 0; links < longestChain; links++) {
    const target = await readlink(path).catch(() => null);
    if (target === null) {
      return path;
    }
    path = resolve(dirname(path), target);
  }
  throw Object.assign(new Error(), { code: "ELOOP" });
}
