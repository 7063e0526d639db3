import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { HubFile } from "./hubModel";

const pieceBytes = 2 ** 20;

/** The hash of a file's bytes as a hub names it, made while they come. */
export class BlobHash {
  readonly #hash;
  readonly #wanted: string;

  constructor({ bytes, hash, algorithm }: HubFile) {
    this.#wanted = hash;
    this.#hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
    if (algorithm === "git") {
      this.#hash.update(`blob ${bytes}\0`);
    }
  }

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Adds the first bytes of a file that is there. */
  async addFile(path: string, bytes: number, signal: AbortSignal): Promise<void> {
    if (bytes > 0) {
      for await (const piece of createReadStream(path, { end: bytes - 1, highWaterMark: pieceBytes, signal })) {
        this.add(piece);
      }
    }
  }

  /** Whether all bytes that were added are those that the hub names. To be asked once. */
  isRight(): boolean {
    return this.#hash.digest("hex") === this.#wanted;
  }
}
