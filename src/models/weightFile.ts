import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { ExplainError } from "../common/errors";
import type { Store } from "../graph/storedBytes";

/** A file of a model, open for reading; what is read is always of the file as it was when it was opened. */
export class WeightFile implements Store {
  readonly size: number;
  /** Last change when it was opened, milliseconds since 1970. */
  readonly modified: number;
  readonly #location: () => string | null;
  readonly #path: string;
  readonly #name: string;
  readonly #descriptor: number;
  readonly #opened: Stats;

  /** `path` without symbolic links; `name` as a person knows the file; `location` as {@link Store} says. Throws what the file system throws. */
  constructor(path: string, name: string, location: () => string | null) {
    this.#path = path;
    this.#name = name;
    this.#location = location;
    this.#descriptor = openSync(path, "r");
    this.#opened = fstatSync(this.#descriptor);
    this.size = this.#opened.size;
    this.modified = this.#opened.mtimeMs;
  }

  get location(): string | null {
    return this.#location();
  }

  /** Throws `model-file-corrupt` if the file was changed since it was opened. */
  read(position: number, into: Uint8Array): void {
    let done = 0;
    while (done < into.length) {
      const count = readSync(this.#descriptor, into, done, Math.min(into.length - done, 2 ** 30), position + done);
      if (count === 0) {
        throw this.#changed();
      }
      done += count;
    }
    this.#compare(fstatSync(this.#descriptor));
  }

  /** Throws `model-file-corrupt` if another file has taken its place, or it was changed, since it was opened. */
  checkUnchanged(): void {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    if (now?.ino !== this.#opened.ino) {
      throw this.#changed();
    }
    this.#compare(now);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #compare(now: Stats): void {
    if (now.size !== this.#opened.size || now.mtimeMs !== this.#opened.mtimeMs) {
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
