import { createHash, type Hash } from "node:crypto";
import { close, fstat, read } from "node:fs";
import { promisify } from "node:util";
import { ExplainError } from "../common/errors";
import { openPlain } from "./plainFile";

const known = new Map<string, string>();
const pieceSize = 2 ** 20;
const [readPiece, statOf, closeFile] = [promisify(read), promisify(fstat), promisify(close)];

/** A file with its size and time of change, in milliseconds since 1970, when it was first looked at. */
export interface DatedFile {
  /** Without symbolic links. */
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/**
 * The SHA-256 of files one after the other as lower-case hex, computed piece by piece so that other work goes on. Known files cost nothing. Throws `model-file-corrupt`
 * where a file is no longer the one that was looked at.
 */
export async function fileHash(...files: readonly DatedFile[]): Promise<string> {
  const key = files.map(({ path, bytes, modified }) => `${path} ${bytes} ${modified}`).join("\n");
  const before = known.get(key);
  if (before !== undefined) {
    return before;
  }
  const hash = createHash("sha256");
  for (const file of files) {
    await addFile(hash, file);
  }
  const digest = hash.digest("hex");
  known.set(key, digest);
  return digest;
}

async function addFile(hash: Hash, { path, bytes, modified }: DatedFile): Promise<void> {
  const descriptor = opened(path);
  try {
    const piece = new Uint8Array(pieceSize);
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await readPiece(descriptor, piece, 0, Math.min(pieceSize, bytes - done), done);
      if (bytesRead === 0) {
        break;
      }
      hash.update(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
    const { size, mtimeMs } = await statOf(descriptor);
    if (size !== bytes || mtimeMs !== modified) {
      throw changed();
    }
  } finally {
    await closeFile(descriptor);
  }
}

function opened(path: string): number {
  try {
    return openPlain(path).descriptor;
  } catch {
    throw changed();
  }
}

function changed(): ExplainError {
  return new ExplainError("model-file-corrupt", "The model's file changed while it was read. Try again.");
}
