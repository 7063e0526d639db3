import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { ExplainError } from "../../common/errors";
import { isMissing } from "../plainFile";
import { isSavedPath } from "./sideFiles";

/** What a file system takes beside the bytes of the files. */
const reserve = 2 ** 20;

/** A folder that is there as a whole or not at all: made beside its place, and put there when it is complete. Also the end of the process leaves nothing of it. */
export class WholeFolder {
  readonly #path: string;
  readonly #beside: string;
  readonly #isReplacing: boolean;
  readonly #atExit: () => void;

  private constructor(path: string, beside: string, isReplacing: boolean) {
    this.#path = path;
    this.#beside = beside;
    this.#isReplacing = isReplacing;
    this.#atExit = () => rmSync(beside, { recursive: true, force: true });
    process.on("exit", this.#atExit);
  }

  /** Begins a folder of so many bytes; throws `output-unwritable` where it cannot be made or one is there and not to be replaced, `disk-full` where there is no room. */
  static async begin(place: string, bytes: number, isReplacing: boolean): Promise<WholeFolder> {
    const path = resolve(place);
    if (await isThere(path)) {
      await refuseOthers(path, isReplacing);
    }
    const parent = dirname(path);
    try {
      const { bavail, bsize } = await statfs(parent);
      if (bavail * bsize < bytes + reserve) {
        throw full(path);
      }
      const beside = join(parent, `.explain-${randomUUID()}.tmp`);
      await mkdir(beside);
      return new WholeFolder(path, beside, isReplacing);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Writes a file, whose name may begin with a folder, piece by piece. Throws `output-unwritable`, `disk-full`, and what `pieces` throws. */
  async write(name: string, pieces: Iterable<Uint8Array>): Promise<void> {
    const file = join(this.#beside, name);
    const work = async () => {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(file, "wx");
      try {
        for (const piece of pieces) {
          await handle.writeFile(piece);
        }
        // Some disks say only now that they are full.
        await handle.sync();
      } finally {
        await handle.close();
      }
    };
    await work().catch((error: unknown) => {
      throw unwritable(this.#path, error);
    });
  }

  /** Puts the folder in its place. Throws `output-unwritable`; what was there is then still there. */
  async close(): Promise<void> {
    const old = `${this.#beside}-old`;
    try {
      const isOld = await isThere(this.#path);
      if (isOld) {
        // It may have come meanwhile.
        await refuseOthers(this.#path, this.#isReplacing);
        await rename(this.#path, old);
      }
      try {
        await rename(this.#beside, this.#path);
      } catch (error) {
        if (isOld) {
          await rename(old, this.#path);
        }
        throw error;
      }
      process.off("exit", this.#atExit);
    } catch (error) {
      throw unwritable(this.#path, error);
    }
    await rm(old, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Ends without the folder; throws nothing. */
  async abandon(): Promise<void> {
    await rm(this.#beside, { recursive: true, force: true }).catch(() => undefined);
    process.off("exit", this.#atExit);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) {
      return false;
    }
    throw unwritable(path, error);
  }
}

/** Throws `output-unwritable` unless what is at a path is to be replaced and is a folder that holds nothing but what is saved of models. */
async function refuseOthers(path: string, isReplacing: boolean): Promise<void> {
  const isFolder = (await lstat(path)).isDirectory();
  const isEmpty = isFolder && (await readdir(path)).length === 0;
  if (!isReplacing && !isEmpty) {
    throw new ExplainError("output-unwritable", "{0} is there already. Choose another folder, or replace it.", path);
  }
  if (!isFolder || !(await isSavedFolder(path))) {
    throw new ExplainError(
      "output-unwritable",
      "{0} holds something else than a saved model, so it is not replaced. Choose another folder.",
      path,
    );
  }
}

/** Whether a folder holds nothing but files of a saved model; of another one only its own names are looked at. */
async function isSavedFolder(path: string): Promise<boolean> {
  for (const recursive of [false, true]) {
    const names = await readdir(path, { recursive });
    if (!names.every((name) => isSavedPath(name.split(sep).join("/")))) {
      return false;
    }
  }
  return true;
}

function full(path: string): ExplainError {
  return new ExplainError(
    "disk-full",
    "The model cannot be saved in {0}: the disk is full. Free some space or choose another place.",
    path,
  );
}

/** What the file system said, in one sentence; other errors come back as they are. */
function unwritable(path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : null;
  if (error instanceof ExplainError || code === null) {
    return error;
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return full(path);
  }
  return code === "ENOENT" || code === "ENOTDIR"
    ? new ExplainError(
        "output-unwritable",
        "{0} cannot be made: there is no folder to put {1} into. Make it first, or choose another place.",
        path,
        basename(path),
      )
    : new ExplainError("output-unwritable", "{0} cannot be written ({1}). Choose another place.", path, code);
}
