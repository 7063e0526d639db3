import { constants, createReadStream, fstat, open } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { onAbort } from "../common/abort";
import { ExplainError, throwIfCancelled } from "../common/errors";
import { type ListChoice, type ListedText, type ListKindName, listKindOf, listKinds } from "../lists/textList";
import { adviseOnCommandLine } from "./advice";
import { bytesOf, decodedText } from "./decode";
import { UsageError } from "./usageError";

/** Which texts are read: the file, and with `--column` or `--field` which part of each record. */
export interface InputChoice extends ListChoice {
  readonly file: string;
  /** Which of the two options named the field. */
  readonly option: "column" | "field" | null;
}

/** What reading is given by its surroundings. */
export interface InputSurroundings {
  /** The process's standard input, asked for when it is read. */
  readonly stdin: () => NodeJS.ReadableStream & { destroy(): unknown };
  /** Ends waiting for a pipe's next piece. */
  readonly signal: AbortSignal;
}

const ownInput = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/** Whether an input is a file, whose texts can be counted before they are explained; a pipe's are gone once they are read. */
export async function canBeReadTwice(file: string): Promise<boolean> {
  return await stat(file).then(
    (about) => about.isFile(),
    () => true,
  );
}

/**
 * Reads the texts of a file one after the other, never holding more than one of them, as a list of the kind its name says. A pipe without such a name is
 * CSV with `--column`, JSON lines with `--field`, and else a text a line. Throws {@link UsageError} for another kind of file or an unknown column;
 * `input-unreadable` for a missing file and for what is not text, `cancelled` once the signal aborts.
 */
export async function* readInput(choice: InputChoice, around: InputSurroundings): AsyncGenerator<ListedText> {
  const { file, field, pair, rationale } = choice;
  const kind = await kindOf(choice);
  if (kind === null) {
    throw new UsageError(`--input reads .txt, .csv, .tsv and .jsonl files; not "${file}".`);
  }
  const { parts, reader } = listKinds[kind];
  if (parts === null && [field, pair, rationale].some((name) => name !== null)) {
    throw new UsageError("--column, --field, --pair-column and --rationale are for .csv, .tsv and .jsonl files.");
  }
  yield* read(file, around, reader(choice));
}

/** The kind that a file's name says, or the one that a pipe holds. */
async function kindOf({ file, option }: InputChoice): Promise<ListKindName | null> {
  const known = listKindOf(file);
  if (known || (!file.startsWith("/dev/") && (await canBeReadTwice(file)))) {
    return known;
  }
  return ({ column: "commas", field: "jsonLines", none: "lines" } as const)[option ?? "none"];
}

/** The text of a file or a pipe, in pieces. Throws `input-unreadable` for a missing file and for what is not text. */
export function readPieces(file: string, around: InputSurroundings): AsyncGenerator<string> {
  return read(file, around, { push: (text) => [text], end: () => [] });
}

async function* read<T>(
  file: string,
  around: InputSurroundings,
  reader: { push(text: string): T[]; end(): T[] },
): AsyncGenerator<T> {
  const { signal } = around;
  throwIfCancelled(signal);
  const stream = await openInput(file, around);
  const hearNoMore = onAbort(signal, () => stream.destroy());
  try {
    for await (const text of decodedText(bytesOf(stream), file)) {
      yield* reader.push(text);
    }
    throwIfCancelled(signal);
    yield* reader.end();
  } catch (error) {
    throwIfCancelled(signal);
    throw isSystemError(error) ? unreadable(file) : asUsage(error);
  } finally {
    hearNoMore();
    stream.destroy();
  }
}

async function openInput(file: string, { stdin }: InputSurroundings): Promise<ReturnType<InputSurroundings["stdin"]>> {
  if (ownInput.includes(file) && !(await canBeReadTwice(file))) {
    return stdin();
  }
  let descriptor: number;
  try {
    // Opening a pipe would wait for someone who writes to it, and nothing could end that.
    descriptor = await promisify(open)(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    throw unreadable(file);
  }
  const about = await promisify(fstat)(descriptor);
  if (about.isFIFO()) {
    // A socket is waited for outside the few threads that read files, which could not be called back.
    return new Socket({ fd: descriptor, readable: true, writable: false });
  }
  const stream = createReadStream("", { fd: descriptor });
  if (about.isFile()) {
    return stream;
  }
  stream.destroy();
  throw new ExplainError(
    "input-unreadable",
    "{0} is no file and no pipe. Give a file, a pipe such as /dev/stdin, or one text on standard input with -.",
    file,
  );
}

/** A wrong `--column` is a fault of the command line and not of the file. */
function asUsage(error: unknown): unknown {
  return error instanceof ExplainError && error.reason === "column-unknown"
    ? new UsageError(adviseOnCommandLine(error).message)
    : error;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function unreadable(file: string): ExplainError {
  return new ExplainError("input-unreadable", "The file {0} cannot be read. Check its name.", file);
}
