import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { ExplainError } from "../common/errors";

const known = new Map<string, string>();
const pieceSize = 2 ** 20;

/** A file with its size and time of change, in milliseconds since 1970, when it was first looked at. */
export interface DatedFile {
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/**
 * The SHA-256 of a file as lower-case hex, computed piece by piece so that other work goes on. Known files cost nothing. Throws `model-file-corrupt`
 * where the file is no longer the one that was looked at.
 */
export async function fileHash({ path, bytes, modified }: DatedFile): Promise<string> {
  const key = `${path} ${bytes} ${modified}`;
  const before = known.get(key);
  if (before !== undefined) {
    return before;
  }
  const handle = await open(path, "r");
  try {
    const hash = createHash("sha256");
    const piece = new Uint8Array(pieceSize);
    let read = 0;
    do {
      ({ bytesRead: read } = await handle.read(piece, 0, pieceSize, null));
      hash.update(piece.subarray(0, read));
    } while (read > 0);
    const { size, mtimeMs } = await handle.stat();
    if (size !== bytes || mtimeMs !== modified) {
      throw new ExplainError("model-file-corrupt", "The model's file changed while it was read. Try again.");
    }
    const digest = hash.digest("hex");
    known.set(key, digest);
    return digest;
  } finally {
    await handle.close();
  }
}
