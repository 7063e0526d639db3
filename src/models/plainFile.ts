import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync, type Stats } from "node:fs";

/** A file that is open for reading. Whoever opened it closes `descriptor`. */
export interface OpenFile {
  readonly descriptor: number;
  /** What the file was when it was opened. */
  readonly stats: Stats;
}

/** Thrown for what is no plain file: a folder, a device, a pipe, or a link that took a file's place. */
export class NotPlain extends Error {}

/**
 * Opens a plain file for reading. `path` is without symbolic links, as `pathInFolder` gives it. Devices and pipes are never opened, since that alone
 * can wait for ever or do something; what takes the place of the file or of its folder meanwhile is noticed. Throws {@link NotPlain}, or what the file
 * system throws.
 */
export function openPlain(path: string): OpenFile {
  requirePlain(lstatSync(path));
  // Windows has neither of the last two.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const stats = fstatSync(descriptor);
    requirePlain(stats);
    const now = lstatSync(path);
    if (realpathSync(path) !== path || (O_NOFOLLOW !== 0 && (now.ino !== stats.ino || now.dev !== stats.dev))) {
      throw new NotPlain();
    }
    return { descriptor, stats };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function requirePlain(stats: Stats): void {
  if (!stats.isFile()) {
    throw new NotPlain();
  }
}

/**
 * Reads exactly as many bytes as the file had when it was opened; `undefined` where it now has fewer or more. A file that lies about its size, as those
 * of the system do, is never read further.
 */
export function readPlain({ descriptor, stats }: OpenFile): Buffer | undefined {
  const bytes = Buffer.alloc(stats.size);
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, done);
    if (count === 0) {
      return undefined;
    }
    done += count;
  }
  return readSync(descriptor, Buffer.alloc(1), 0, 1, done) === 0 ? bytes : undefined;
}

/** Whether a file system call failed because there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG";
}
