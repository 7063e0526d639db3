import { closeSync, fstatSync, lstatSync, readSync, type Stats } from "node:fs";
import { ExplainError } from "../common/errors";
import type { Store } from "../graph/storedBytes";
import { type OpenFile, openPlain } from "./plainFile";

/**
 * A file of a model. It is open only while something is being read, since many programs could not replace it otherwise; what is read is always of the
 * file as it was at first.
 */
export class WeightFile implements Store {
  readonly size: number;
  /** Last change at first, milliseconds since 1970. */
  readonly modified: number;
  readonly #location: () => string | null;
  readonly #path: string;
  readonly #name: string;
  #descriptor: number | undefined;

  /** `path` without symbolic links; `name` as a person knows the file; `location` as {@link Store} says. Throws what {@link openPlain} throws. */
  constructor(path: string, name: string, location: () => string | null) {
    this.#path = path;
    this.#name = name;
    this.#location = location;
    const { size, mtimeMs } = this.#open().stats;
    this.size = size;
    this.modified = mtimeMs;
  }

  get location(): string | null {
    return this.#location();
  }

  /** Throws `model-file-corrupt` if another file has taken its place, or it was changed, since it was first opened. */
  read(position: number, into: Uint8Array): void {
    const descriptor = this.#reopened();
    let done = 0;
    while (done < into.length) {
      const count = readSync(descriptor, into, done, Math.min(into.length - done, 2 ** 30), position + done);
      if (count === 0) {
        throw this.#changed();
      }
      done += count;
    }
    this.#compare(fstatSync(descriptor));
  }

  /** Throws as {@link read} does. */
  checkUnchanged(): void {
    this.#compare(lstatSync(this.#path, { throwIfNoEntry: false }));
  }

  /** Reading is done in one go: by the time anything else has its turn, the file is no longer needed. */
  #open(): OpenFile {
    const file = openPlain(this.#path);
    const { descriptor } = file;
    this.#descriptor = descriptor;
    setImmediate(() => {
      this.#descriptor = undefined;
      try {
        closeSync(descriptor);
      } catch {
        // Nothing was written that could be lost, as on a drive that is gone.
      }
    });
    return file;
  }

  #reopened(): number {
    if (this.#descriptor !== undefined) {
      return this.#descriptor;
    }
    let file: OpenFile;
    try {
      file = this.#open();
    } catch {
      throw unreadable(this.#name);
    }
    this.#compare(file.stats);
    return file.descriptor;
  }

  #compare(now: Stats | undefined): void {
    if (now?.size !== this.size || now.mtimeMs !== this.modified) {
      throw this.#changed();
    }
  }

  #changed(): ExplainError {
    return new ExplainError(
      "model-file-corrupt",
      "{0} changed while it was read. Try again.",
      this.#name.slice(0, 200),
    );
  }
}

/** The error for a model file, as a person knows it, that is not there or may not be read. */
export function unreadable(name: string): ExplainError {
  return new ExplainError(
    "model-missing",
    "{0} cannot be read. Check the permissions of the model's folder.",
    name.slice(0, 200),
  );
}
