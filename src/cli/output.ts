import {
  close as closeDescriptor,
  constants,
  fstat,
  fstatSync,
  ftruncate,
  open as openDescriptor,
  write,
} from "node:fs";
import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { throwIfCancelled } from "../common/errors";
import { unwritable } from "../exports/unwritable";
import { WholeFile } from "../exports/wholeFile";
import { findOutputPlace, type OutputPlace, standardOutput } from "./outputPlace";
import { FileSink, type OpenFile, type Sink, StreamSink } from "./sink";
import { lockForWriting } from "./writerLock";

/** How results are written. */
export interface OutputOptions {
  /** `null`: to standard output. */
  readonly file: string | null;
  /** Whether all writes make one result, which is to be there completely or not at all. */
  readonly whole: boolean;
  /** Ends waiting for a reader. */
  readonly signal: AbortSignal;
}

/** Where results go: standard output, or a file; one that takes results one after the other is made, or emptied, at the first of them. */
export class Output implements Sink {
  readonly #options: OutputOptions;
  readonly #place: OutputPlace;
  /** What gives the locks back, the last one first. */
  readonly #locks: (() => Promise<void>)[];
  #sink: Sink | null;

  private constructor(options: OutputOptions, place: OutputPlace, sink: Sink | null, locks: (() => Promise<void>)[]) {
    this.#options = options;
    this.#place = place;
    this.#sink = sink;
    this.#locks = locks;
  }

  /**
   * Makes sure of the place, so that one that will not do is known before anything is computed; what is there stays as it is. Throws `output-unwritable`.
   */
  static async at(options: OutputOptions): Promise<Output> {
    const { file, whole } = options;
    const place: OutputPlace = file === null ? { kind: "standard", path: "", mode: null } : await findOutputPlace(file);
    const { kind, path, mode } = place;
    if (file === null || kind !== "file") {
      return new Output(options, place, null, []);
    }
    return whole
      ? new Output(options, place, await WholeFile.begin(path, file, mode), [])
      : new Output(options, place, null, [await lockForWriting(path, file)]);
  }

  async write(text: string): Promise<void> {
    this.#sink ??= await this.#open();
    await this.#sink.write(text);
  }

  async close(): Promise<void> {
    await this.#sink?.close();
    this.#sink = null;
    await this.#unlock();
  }

  async abandon(): Promise<void> {
    await this.#sink?.abandon();
    this.#sink = null;
    await this.#unlock();
  }

  async #unlock(): Promise<void> {
    for (const unlock of this.#locks.splice(0).toReversed()) {
      await unlock();
    }
  }

  async #open(): Promise<Sink> {
    const { kind, path, mode } = this.#place;
    const { whole, signal } = this.#options;
    const name = this.#options.file ?? "Standard output";
    try {
      switch (kind) {
        case "standard":
          return standardSink(name, whole);
        case "pipe":
          return new StreamSink(await openPipe(path, signal), name, true);
        case "device":
          return new FileSink(await openFor(path, constants.O_WRONLY), name, { whole: false });
        case "file":
          if (mode === null) {
            await (await openFor(path, constants.O_WRONLY | constants.O_CREAT)).close();
            // From now on it may have other names.
            this.#locks.push(await lockForWriting(path, name));
          }
          return new FileSink(await openFor(path, newFile), name, { whole: false });
      }
    } catch (error) {
      throw isSystemError(error) ? unwritable(name, error) : error;
    }
  }
}

/** Each write goes where the file then ends, so that nobody else's line is written over. On Windows what is opened so cannot be cut. */
const append = process.platform === "win32" ? 0 : constants.O_APPEND;
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | append;

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function standardSink(name: string, whole: boolean): Sink {
  const about = fstatSync(standardOutput);
  if (about.isFIFO() || about.isSocket()) {
    // `process.stdout` would hold the whole program up, interruptions too, while nobody reads.
    return new StreamSink(new Socket({ fd: standardOutput, readable: false, writable: true }), name, false);
  }
  if (isatty(standardOutput)) {
    return new StreamSink(process.stdout, name, false);
  }
  return new FileSink(
    openFile(standardOutput, async () => undefined),
    name,
    { whole },
  );
}

async function openFor(path: string, flags: number): Promise<OpenFile> {
  const descriptor = await promisify(openDescriptor)(path, flags);
  return openFile(descriptor, () => promisify(closeDescriptor)(descriptor));
}

function openFile(descriptor: number, close: () => Promise<void>): OpenFile {
  return {
    write: async (bytes) => (await promisify(write)(descriptor, bytes)).bytesWritten,
    size: async () => {
      const about = await promisify(fstat)(descriptor);
      return about.isFile() ? about.size : null;
    },
    truncate: (length) => promisify(ftruncate)(descriptor, length),
    close,
  };
}

/** Opens a named pipe once someone reads from it. Waiting in the system itself could not be ended. */
async function openPipe(path: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    throwIfCancelled(signal);
    try {
      const fd = await promisify(openDescriptor)(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENXIO")) {
        throw error;
      }
      await wait(50);
    }
  }
}
