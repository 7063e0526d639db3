import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExplainError } from "../common/errors";
import { pathInFolder } from "./folder";

/**
 * Reads runs of bytes of files beside a model. Files outside the model's folder, also by symbolic links, are refused with
 * `model-file-unsafe`; runs beyond a file's end with `model-file-corrupt`, before any memory is taken.
 */
export class ExternalReader {
  readonly #directory: string;
  readonly #subfolder: string;
  readonly #open = new Map<string, { readonly descriptor: number; readonly size: number }>();

  /** `directory` is the model's folder, `subfolder` the relative one in it that holds the `.onnx` file. */
  constructor(directory: string, subfolder: string) {
    this.#directory = directory;
    this.#subfolder = subfolder;
  }

  /** `length` bytes from `offset` of the file `location`, a path relative to the `.onnx` file. */
  read(location: string, offset: number, length: number): Uint8Array {
    const { descriptor, size } = this.#file(location);
    if (offset + length > size) {
      throw new ExplainError(
        "model-file-corrupt",
        "The model's weights in {0} end too early: the file is shorter than the model says. Download it again.",
        location.slice(0, 200),
      );
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
      if (count === 0) {
        throw new ExplainError(
          "model-file-corrupt",
          "{0} changed while it was read. Try again.",
          location.slice(0, 200),
        );
      }
      done += count;
    }
    return bytes;
  }

  /** Closes the files. */
  close(): void {
    for (const { descriptor } of this.#open.values()) {
      closeSync(descriptor);
    }
    this.#open.clear();
  }

  #file(location: string): { readonly descriptor: number; readonly size: number } {
    const known = this.#open.get(location);
    if (known) {
      return known;
    }
    const path = pathInFolder(this.#directory, join(this.#subfolder, location), "weights");
    const stats = statSync(path);
    if (!stats.isFile()) {
      throw new ExplainError(
        "model-file-unsafe",
        "The model asks for weights in {0}, which is not a plain file. Do not use it unless you trust its source.",
        location.slice(0, 200),
      );
    }
    const opened = { descriptor: openSync(path, "r"), size: stats.size };
    this.#open.set(location, opened);
    return opened;
  }
}
