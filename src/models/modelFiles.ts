import { statSync } from "node:fs";
import { dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import { ExplainError } from "../common/errors";
import { storedBytes } from "../graph/storedBytes";
import type { DatedFile } from "./fileHash";
import { type ModelFolder, pathInFolder } from "./folder";
import { WeightFile } from "./weightFile";

/**
 * The files of one model, open for reading: the `.onnx` file and those beside it that hold weights. Nothing is read until it is looked at. Files outside
 * the model's folder, also by symbolic links, are refused with `model-file-unsafe`; runs beyond a file's end with `model-file-corrupt`,
 * before any memory is taken.
 */
export class ModelFiles {
  /** The folder that locations of weights in place are relative to, without symbolic links. */
  readonly base: string;
  /** Whether the runtime may be told to read weights from these files itself. */
  inPlace = true;
  readonly #folder: Pick<ModelFolder, "directory" | "file">;
  readonly #open = new Map<string, WeightFile>();

  constructor(folder: Pick<ModelFolder, "directory" | "file">) {
    this.#folder = folder;
    this.base = dirname(pathInFolder(folder.directory, folder.file, "model"));
  }

  /** The `.onnx` file; throws `model-missing` where it cannot be read, `not-enough-memory` where it cannot be held. */
  model(): Uint8Array<ArrayBuffer> {
    const { directory, file } = this.#folder;
    try {
      const opened = this.#file(pathInFolder(directory, file, "model"), file);
      return storedBytes(opened, 0, opened.size);
    } catch (error) {
      if (error instanceof ExplainError) {
        throw error;
      }
      if (error instanceof RangeError) {
        throw new ExplainError(
          "not-enough-memory",
          "There is not enough memory to load {0}. Close other programs or choose a smaller model.",
          file,
        );
      }
      throw new ExplainError("model-missing", "{0} cannot be read. Check the permissions of the model's folder.", file);
    }
  }

  /** `length` bytes from `offset` of the file `location`, a path relative to the `.onnx` file. */
  weights(location: string, offset: number, length: number): Uint8Array {
    const { directory, file } = this.#folder;
    const path = pathInFolder(directory, join(posix.dirname(file), location), "weights");
    if (!statSync(path).isFile()) {
      throw new ExplainError(
        "model-file-unsafe",
        "The model asks for weights in {0}, which is not a plain file. Do not use it unless you trust its source.",
        location.slice(0, 200),
      );
    }
    const opened = this.#file(path, location);
    if (offset + length > opened.size) {
      throw new ExplainError(
        "model-file-corrupt",
        "The model's weights in {0} end too early: the file is shorter than the model says. Download it again.",
        location.slice(0, 200),
      );
    }
    return storedBytes(opened, offset, length);
  }

  /** The files that are open, as they were when they were opened. */
  get opened(): DatedFile[] {
    return [...this.#open].map(([path, { size, modified }]) => ({ path, bytes: size, modified }));
  }

  /** Throws `model-file-corrupt` if one of the files was changed or replaced since it was opened. */
  checkUnchanged(): void {
    for (const file of this.#open.values()) {
      file.checkUnchanged();
    }
  }

  /** Closes the files; what has not been looked at by then is lost. */
  close(): void {
    for (const file of this.#open.values()) {
      file.close();
    }
    this.#open.clear();
  }

  #file(path: string, name: string): WeightFile {
    const known = this.#open.get(path);
    if (known) {
      return known;
    }
    const location = this.#location(path);
    const opened = new WeightFile(path, name, () => (this.inPlace ? location : null));
    this.#open.set(path, opened);
    return opened;
  }

  /** The runtime takes no path that leads out of the folder it is told, and a `*` in front for an address in its own memory. */
  #location(path: string): string | null {
    const way = relative(this.base, path);
    return way === "" || isAbsolute(way) || way.startsWith("..") || way.startsWith("*")
      ? null
      : way.split(sep).join("/");
  }
}
