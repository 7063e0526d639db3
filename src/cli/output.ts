import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { ExplainError } from "../common/errors";

/** Where results go: standard output, or a file that is made at the first result. */
export class Output {
  readonly #file: string | null;
  readonly #standard: NodeJS.WritableStream;
  #stream: WriteStream | null = null;

  constructor(file: string | null, standard: NodeJS.WritableStream) {
    this.#file = file;
    this.#standard = standard;
  }

  /** Writes text; throws `input-unreadable` when the file cannot be written. */
  async write(text: string): Promise<void> {
    if (this.#file === null) {
      if (!this.#standard.write(text)) {
        await once(this.#standard, "drain");
      }
      return;
    }
    this.#stream ??= await this.#create(this.#file);
    if (!this.#stream.write(text)) {
      await once(this.#stream, "drain");
    }
  }

  /** Ends the file. */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream) {
      stream.end();
      await once(stream, "close");
    }
  }

  async #create(file: string): Promise<WriteStream> {
    const stream = createWriteStream(file);
    try {
      await once(stream, "open");
    } catch {
      throw new ExplainError("input-unreadable", "The file {0} cannot be written. Choose another --output.", file);
    }
    return stream;
  }
}
