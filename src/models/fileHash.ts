import { webcrypto } from "node:crypto";

const known = new Map<string, string>();

/**
 * The SHA-256 of a file's bytes as lower-case hex, computed on another thread.
 * `key` names the file with its size and time of change; a key seen before costs nothing.
 */
export async function fileHash(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const before = known.get(key);
  if (before !== undefined) {
    return before;
  }
  const digest = await webcrypto.subtle.digest("SHA-256", bytes);
  const hash = Buffer.from(digest).toString("hex");
  known.set(key, hash);
  return hash;
}
