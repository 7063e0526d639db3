import { constants, fstatSync, open as openDescriptor, writeFile } from "node:fs";
import { open } from "node:fs/promises";
import { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { throwIfCancelled } from "../common/errors";
import { findOutputPlace, type OutputPlace, standardOutput } from "./outputPlace";
import { FileSink, type Sink, StreamSink, unwritable } from "./sink";
import { WholeFile } from "./wholeFile";

/** How results are written. */
export interface OutputOptions {
  /** `null`: to standard output. */
  readonly file: string | null;
  /** Whether all writes make one result, which is to be there completely or not at all. */
  readonly whole: boolean;
  /** Ends waiting for a reader. */
  readonly signal: AbortSignal;
}

/** Where results go: standard output, or a file, which is made at the first of them. */
export class Output implements Sink {
  readonly #options: OutputOptions;
  readonly #place: OutputPlace;
  #sink: Sink | null = null;

  private constructor(options: OutputOptions, place: OutputPlace) {
    this.#options = options;
    this.#place = place;
  }

  /** Looks at the place without writing anything; throws `output-unwritable` where that will not do. */
  static async at(options: OutputOptions): Promise<Output> {
    const { file } = options;
    const place: OutputPlace = file === null ? { kind: "standard", path: "", mode: null } : await findOutputPlace(file);
    return new Output(options, place);
  }

  async write(text: string): Promise<void> {
    this.#sink ??= await this.#open();
    await this.#sink.write(text);
  }

  async close(): Promise<void> {
    await this.#sink?.close();
    this.#sink = null;
  }

  async abandon(): Promise<void> {
    await this.#sink?.abandon();
    this.#sink = null;
  }

  async #open(): Promise<Sink> {
    const { kind, path, mode } = this.#place;
    const name = this.#options.file ?? "Standard output";
    try {
      switch (kind) {
        case "standard":
          return standardSink(name);
        case "pipe":
          return new StreamSink(await openPipe(path, this.#options.signal), name, true);
        case "device":
          return new FileSink(await open(path, constants.O_WRONLY), name, { isNew: false });
        case "file":
          return this.#options.whole
            ? await WholeFile.begin(path, name, mode)
            : new FileSink(await open(path, "w"), name, { isNew: true });
      }
    } catch (error) {
      throw isSystemError(error) ? unwritable(name, error) : error;
    }
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function standardSink(name: string): Sink {
  const about = fstatSync(standardOutput);
  if (about.isFIFO() || about.isSocket()) {
    // `process.stdout` would hold the whole program up, interruptions too, while nobody reads.
    return new StreamSink(new Socket({ fd: standardOutput, readable: false, writable: true }), name, false);
  }
  if (isatty(standardOutput)) {
    return new StreamSink(process.stdout, name, false);
  }
  const file = {
    writeFile: (bytes: Uint8Array) => promisify(writeFile)(standardOutput, bytes),
    truncate: async () => undefined,
    close: async () => undefined,
  };
  return new FileSink(file, name, { isNew: false });
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
