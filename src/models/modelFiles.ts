import { dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import { ExplainError } from "../common/errors";
import { storedBytes } from "../graph/storedBytes";
import { pathInFolder } from "./pathInFolder";
import { NotPlain } from "./plainFile";
import { unreadable, WeightFile } from "./weightFile";

/** A model's folder without symbolic links, and the file in it that everything else is found from. */
interface FolderFile {
  readonly directory: string;
  readonly file: string;
}

/**
 * The files of one model: the `.onnx` file and those beside it that hold weights. Nothing is read until it is looked at, and links are followed once. Files
 * outside the model's folder, also by symbolic links, are refused with `model-file-unsafe`; runs beyond a file's end with `model-file-corrupt`, before any
 * memory is taken.
 */
export class ModelFiles {
  /** The folder that locations of weights in place are relative to, without symbolic links. */
  readonly base: string;
  /** The `.onnx` file, without symbolic links. */
  readonly path: string;
  /** Whether the runtime may be told to read weights from these files itself. */
  inPlace = true;
  readonly #folder: FolderFile;
  readonly #others: ModelFiles | null;
  readonly #known = new Map<string, WeightFile>();

  /** `others` are files of another folder that the model is made of too. */
  constructor(folder: FolderFile, others: ModelFiles | null = null) {
    this.#folder = folder;
    this.#others = others;
    this.path = pathInFolder(folder.directory, folder.file, "model");
    this.base = dirname(this.path);
  }

  /** The path of an `.onnx` file of the folder, without symbolic links. */
  pathOf(file: string): string {
    return file === this.#folder.file ? this.path : pathInFolder(this.#folder.directory, file, "model");
  }

  /** An `.onnx` file of the folder, the model's by default; throws `model-missing` where it cannot be read, `not-enough-memory` where it cannot be held. */
  model(file = this.#folder.file): Uint8Array<ArrayBuffer> {
    try {
      const opened = this.#folderFile(file);
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
      throw unreadable(file);
    }
  }

  /** Bytes of a file of the model's folder. */
  size(file: string): number {
    return this.#folderFile(file).size;
  }

  /** `length` bytes from `offset` of a file of the model's folder, read when they are looked at; whoever asks has checked that they lie within its {@link size}. */
  stored(file: string, offset: number, length: number): Uint8Array {
    return storedBytes(this.#folderFile(file), offset, length);
  }

  #folderFile(file: string): WeightFile {
    return this.#file(file, () => this.pathOf(file));
  }

  /** `length` bytes from `offset` of the file `location`, a path relative to the `.onnx` file. */
  weights(location: string, offset: number, length: number): Uint8Array {
    const opened = this.#weightFile(location);
    if (offset + length > opened.size) {
      throw new ExplainError(
        "model-file-corrupt",
        "The model's weights in {0} end too early: the file is shorter than the model says. Download it again.",
        location.slice(0, 200),
      );
    }
    return storedBytes(opened, offset, length);
  }

  #weightFile(location: string): WeightFile {
    const { directory, file } = this.#folder;
    try {
      return this.#file(join(posix.dirname(file), location), (name) => pathInFolder(directory, name, "weights"));
    } catch (error) {
      if (error instanceof NotPlain) {
        throw new ExplainError(
          "model-file-unsafe",
          "The model asks for weights in {0}, which is not a plain file. Do not use it unless you trust its source.",
          location.slice(0, 200),
        );
      }
      throw error instanceof ExplainError ? error : unreadable(location);
    }
  }

  /** Throws `model-file-corrupt` if one of the files was changed or replaced since it was first looked at. */
  checkUnchanged(): void {
    this.#others?.checkUnchanged();
    for (const file of this.#known.values()) {
      file.checkUnchanged();
    }
  }

  /** The file of a name, whose path is asked for the first time only. */
  #file(name: string, pathOf: (name: string) => string): WeightFile {
    const known = this.#known.get(name);
    if (known) {
      return known;
    }
    const path = pathOf(name);
    const location = this.#location(path);
    const file = new WeightFile(path, name, () => (this.inPlace ? location : null));
    this.#known.set(name, file);
    return file;
  }

  /** The runtime takes no path that leads out of the folder it is told, and a `*` in front for an address in its own memory. */
  #location(path: string): string | null {
    const way = relative(this.base, path);
    return way === "" || isAbsolute(way) || way.startsWith("..") || way.startsWith("*")
      ? null
      : way.split(sep).join("/");
  }
}
