import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileBehind } from "./fileBehind";
import { addTemporary, forgetTemporary, removeTemporary } from "./temporaryFiles";
import { unwritable, unwritableFolder } from "./unwritable";

/** A file that is there as a whole or not at all: written beside its place, and put there when it is complete. */
export class WholeFile {
  readonly #path: string;
  readonly #name: string;
  readonly #beside: string;
  readonly #handle: FileHandle;

  private constructor(path: string, name: string, beside: string, handle: FileHandle) {
    this.#path = path;
    this.#name = name;
    this.#beside = beside;
    this.#handle = handle;
  }

  /** Begins a file for `path`, which is no link; `mode` are the permissions of the file that it takes the place of. Throws `output-unwritable`. */
  static async begin(path: string, name: string, mode: number | null): Promise<WholeFile> {
    const beside = join(dirname(path), `.explain-${randomUUID()}.tmp`);
    addTemporary(beside);
    let handle: FileHandle | undefined;
    try {
      handle = await open(beside, "wx", mode ?? undefined);
      if (mode !== null) {
        // What the process's mask took away.
        await handle.chmod(mode);
      }
      return new WholeFile(path, name, beside, handle);
    } catch (error) {
      await handle?.close();
      await removeTemporary(beside);
      throw unwritableFolder(name, error);
    }
  }

  /** Throws `output-unwritable`. */
  async write(text: string | Uint8Array): Promise<void> {
    await this.#try(() => this.#handle.writeFile(text));
  }

  /** Puts the file in its place. Throws `output-unwritable`. */
  async close(): Promise<void> {
    await this.#try(async () => {
      // Some disks say only now that they are full.
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#beside, this.#path);
    });
    forgetTemporary(this.#beside);
  }

  /** Ends without the file; throws nothing. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await removeTemporary(this.#beside);
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw unwritable(this.#name, error);
    }
  }
}

/** Makes a file, or replaces what is there, as a whole or not at all; links are followed and permissions stay. Throws `output-unwritable`. */
export async function writeWhole(name: string, content: string | Uint8Array): Promise<void> {
  const { path, mode } = await fileBehind(name);
  const file = await WholeFile.begin(path, name, mode);
  try {
    await file.write(content);
    await file.close();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
