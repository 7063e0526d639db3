import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, open, readFile, rename } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { ExplainError } from "../common/errors";
import { codeOf, unwritableFolder } from "./sink";
import { addTemporary, removeTemporary } from "./temporaryFiles";

/**
 * Takes a file for one stream of results: two of them would mix their lines, and the second would empty what the first has written. The lock lies beside
 * the file, so that every machine that can write there sees it. Returns what gives it back. A lock whose process was killed is taken over. Throws
 * `output-unwritable` when another command line has it or the folder takes no files.
 */
export async function lockForWriting(path: string, name: string): Promise<() => Promise<void>> {
  // Hashed, since a name may be as long as names can be.
  const id = createHash("sha256").update(basename(path)).digest("hex").slice(0, 16);
  const lock = join(dirname(path), `.explain-${id}.lock`);
  while (!(await make(lock, name))) {
    if (!(await takeAway(lock))) {
      throw new ExplainError(
        "output-unwritable",
        "{0} cannot be written: another command line is writing it. Wait for it or choose another --output; if none is running, delete {1}.",
        name,
        lock,
      );
    }
  }
  return () => removeTemporary(lock);
}

/** False where there is one. */
async function make(lock: string, name: string): Promise<boolean> {
  try {
    const handle = await open(lock, "wx");
    addTemporary(lock);
    try {
      await handle.writeFile(JSON.stringify({ process: process.pid, machine: hostname() }));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      return false;
    }
    throw unwritableFolder(name, error);
  }
}

/** Takes a lock away whose process is gone; false where it may still run. */
async function takeAway(lock: string): Promise<boolean> {
  if (!(await isStale(lock))) {
    return false;
  }
  const away = join(dirname(lock), `.explain-${randomUUID()}.tmp`);
  addTemporary(away);
  try {
    await rename(lock, away);
    if (await isStale(away)) {
      return true;
    }
    // Somebody else has taken it over in between, and this is theirs.
    await copyFile(away, lock, constants.COPYFILE_EXCL);
    return false;
  } catch {
    // It was gone already, or it is there again: the next attempt tells.
    return true;
  } finally {
    await removeTemporary(away);
  }
}

/** Whether a lock was made on this machine by a process that runs no more. */
async function isStale(lock: string): Promise<boolean> {
  const found = /^\{"process":(\d+),"machine":(".*")\}$/.exec(await readFile(lock, "utf8").catch(() => ""));
  if (!found || found[2] !== JSON.stringify(hostname())) {
    return false;
  }
  try {
    process.kill(Number(found[1]), 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}
