import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, open, readFile, rename, stat } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ExplainError } from "../common/errors";
import { addTemporary, removeTemporary } from "../exports/temporaryFiles";
import { codeOf, unwritableFolder } from "../exports/unwritable";

/**
 * Takes a file for one stream of results: two of them would mix their lines, and the second would empty what the first has written. A file that is there is
 * known by its number, whatever it is called, and one that is not by its name. The lock lies beside the file, so that every machine that can write there sees
 * it, and, since a file may have names in other folders, another among this machine's temporary files. Returns what gives them back. A lock whose process was
 * killed is taken over. Throws `output-unwritable` when another command line has one or the folder takes no files.
 */
export async function lockForWriting(path: string, name: string): Promise<() => Promise<void>> {
  const { beside, elsewhere } = await locksOf(path);
  try {
    await take(beside, name);
  } catch (error) {
    throw error instanceof ExplainError ? error : unwritableFolder(name, error);
  }
  if (elsewhere === null) {
    return () => removeTemporary(beside);
  }
  try {
    await take(elsewhere, name);
  } catch (error) {
    // Where there is no room for temporary files, the one beside the file must do.
    if (error instanceof ExplainError) {
      await removeTemporary(beside);
      throw error;
    }
  }
  return async () => {
    await removeTemporary(elsewhere);
    await removeTemporary(beside);
  };
}

/** Where the locks of a file lie; only one where it is not there. */
async function locksOf(path: string): Promise<{ readonly beside: string; readonly elsewhere: string | null }> {
  const about = await stat(path, { bigint: true }).catch(() => null);
  const isKnown = about !== null && about.ino !== 0n;
  // Hashed, since a name may be as long as names can be.
  const key = createHash("sha256").update(isKnown ? `${about.ino}` : `name ${basename(path)}`);
  const id = key.digest("hex").slice(0, 16);
  return {
    beside: join(dirname(path), `.explain-${id}.lock`),
    elsewhere: isKnown ? join(tmpdir(), `explain-${about.dev}-${about.ino}.lock`) : null,
  };
}

/** Throws the system's own error where no file can be made. */
async function take(lock: string, name: string): Promise<void> {
  while (!(await make(lock))) {
    if (!(await takeAway(lock))) {
      throw new ExplainError(
        "output-unwritable",
        "{0} cannot be written: another command line is writing it. Wait for it or choose another --output; if none is running, delete {1}.",
        name,
        lock,
      );
    }
  }
}

/** False where there is one. */
async function make(lock: string): Promise<boolean> {
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
    throw error;
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
  } catch (error) {
    // It was gone already, or it is there again: the next attempt tells. Others' may not be taken away everywhere.
    return ["ENOENT", "EEXIST"].includes(codeOf(error));
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
