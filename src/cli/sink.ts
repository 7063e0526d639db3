import { codeOf, unwritable } from "../exports/unwritable";

/** Where results go. What `write` is given is one whole result, and is there when it returns. */
export interface Sink {
  /** Throws `output-unwritable` for a place that takes no more, {@link ReaderGone} when nobody reads any longer. */
  write(text: string): Promise<void>;
  /** Makes what was written last. */
  close(): Promise<void>;
  /** Ends without a result; nothing that is half written stays where it can be taken back. Throws nothing. */
  abandon(): Promise<void>;
}

/** Thrown when whoever read the results, such as `head`, has had enough: a reason to end, not an error. */
export class ReaderGone extends Error {}

/** A pipe or a terminal. */
export class StreamSink implements Sink {
  readonly #stream: NodeJS.WritableStream;
  readonly #name: string;
  readonly #ends: boolean;

  /** `ends` says whether the stream is this program's own to end. */
  constructor(stream: NodeJS.WritableStream, name: string, ends: boolean) {
    this.#stream = stream;
    this.#name = name;
    this.#ends = ends;
    // Each write hears of its own failure; without a listener the same news would end the program with a stack trace.
    stream.on("error", () => undefined);
  }

  async write(text: string): Promise<void> {
    const failure = await new Promise<Error | null | undefined>((resolve) => this.#stream.write(text, resolve));
    if (failure) {
      throw ["EPIPE", "ECONNRESET", "EOF"].includes(codeOf(failure))
        ? new ReaderGone()
        : unwritable(this.#name, failure);
    }
  }

  async close(): Promise<void> {
    if (this.#ends) {
      await new Promise<void>((resolve) => this.#stream.end(resolve));
    }
  }

  async abandon(): Promise<void> {
    await this.close();
  }
}

/** What a {@link FileSink} needs of an open file. */
export interface OpenFile {
  /** Writes at the end, as much as goes, and returns how many bytes went. */
  write(bytes: Uint8Array): Promise<number>;
  /** Bytes that are in it; `null` for a device, from which nothing can be taken back. */
  size(): Promise<number | null>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * An open file or device that takes results one after the other. Where a write fails, the file is cut where the result that was begun begins, unless somebody
 * else has written meanwhile: only what this sink has written is ever taken away.
 */
export class FileSink implements Sink {
  readonly #file: OpenFile;
  readonly #name: string;
  readonly #whole: boolean;
  #begin: number | null = null;
  /** Bytes written since `#begin`. */
  #written = 0;

  /** `whole`: all writes are one result, which is taken back altogether when it does not come to its end. */
  constructor(file: OpenFile, name: string, { whole }: { readonly whole: boolean }) {
    this.#file = file;
    this.#name = name;
    this.#whole = whole;
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      if (this.#begin === null || !this.#whole) {
        this.#begin = await this.#file.size();
        this.#written = 0;
      }
      for (let at = 0; at < bytes.length; ) {
        const count = await this.#file.write(bytes.subarray(at));
        at += count;
        this.#written += count;
      }
    } catch (error) {
      await this.#takeBack();
      throw unwritable(this.#name, error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#file.close();
    } catch (error) {
      throw unwritable(this.#name, error);
    }
  }

  async abandon(): Promise<void> {
    if (this.#whole) {
      await this.#takeBack();
    }
    await this.#file.close().catch(() => undefined);
  }

  async #takeBack(): Promise<void> {
    const begin = this.#begin;
    try {
      if (begin !== null && this.#written > 0 && (await this.#file.size()) === begin + this.#written) {
        await this.#file.truncate(begin);
        this.#written = 0;
      }
    } catch {
      // What went wrong first is what is said.
    }
  }
}
