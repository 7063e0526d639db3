import { ExplainError } from "../common/errors";

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

/** What went wrong with a place of results, in one sentence; `name` is what the sentence calls the place. */
export function unwritable(name: string, thrown: unknown): ExplainError {
  const code = codeOf(thrown);
  const sentence = sentences.get(code);
  return sentence === undefined
    ? new ExplainError("output-unwritable", "{0} cannot be written ({1}). Choose another --output.", name, code)
    : new ExplainError("output-unwritable", sentence, name);
}

const full = "{0} cannot be written: the disk is full. Free some space and try again.";
const refused = "{0} cannot be written: access was denied. Choose another --output.";
const noFolder = "{0} cannot be written: its folder does not exist. Make it first, or choose another --output.";

const sentences: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", full],
  ["EDQUOT", full],
  ["EACCES", refused],
  ["EPERM", refused],
  ["EROFS", refused],
  ["ENOENT", noFolder],
  ["ENOTDIR", noFolder],
  ["EISDIR", "{0} cannot be written: it is a folder. Give --output the name of a file."],
  ["EFBIG", "{0} cannot be written: it would be larger than files may be here. Split the input."],
]);

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}

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
  writeFile(bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** An open file or device that takes results one after the other. */
export class FileSink implements Sink {
  readonly #handle: OpenFile;
  readonly #name: string;
  /** Bytes of whole results; `null` where what was begun cannot be taken back. */
  #whole: number | null;

  /** `isNew`: the file is empty and nobody else's, so that it can be cut where its last whole result ends. */
  constructor(handle: OpenFile, name: string, { isNew }: { readonly isNew: boolean }) {
    this.#handle = handle;
    this.#name = name;
    this.#whole = isNew ? 0 : null;
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      await this.#handle.writeFile(bytes);
    } catch (error) {
      await this.#cut();
      throw unwritable(this.#name, error);
    }
    this.#whole = this.#whole === null ? null : this.#whole + bytes.length;
  }

  async close(): Promise<void> {
    try {
      await this.#handle.close();
    } catch (error) {
      throw unwritable(this.#name, error);
    }
  }

  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }

  async #cut(): Promise<void> {
    if (this.#whole !== null) {
      await this.#handle.truncate(this.#whole).catch(() => undefined);
    }
  }
}
