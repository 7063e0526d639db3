import { randomUUID } from "node:crypto";
import { copyFile, link, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { ExplainError } from "../common/errors";
import type { HubAccess } from "./access";
import type { HubFile } from "./hubModel";
import { isModelName, isRevision } from "./modelAddress";
import { systemCode } from "./systemCode";

const commit = /^[0-9a-f]{40}$/;

/**
 * Where the files of one model lie in the cache, as the hub's own tools lay them out: `blobs/HASH`, `snapshots/COMMIT/PATH` that link to them, and `refs/REVISION`. Names of files must
 * be safe (`isSafePath`), names of models `isModelName`, or `hub-missing` is thrown.
 */
export class CacheLayout {
  readonly #folder: string;
  readonly #locks: string;
  readonly #withoutLinks: boolean;

  constructor({ cache, withoutLinks }: Pick<HubAccess, "cache" | "withoutLinks">, name: string) {
    if (!isModelName(name)) {
      throw new ExplainError("hub-missing", "{0} is no name of a model. Check its name.", name.slice(0, 200));
    }
    const folder = `models--${name.replaceAll("/", "--")}`;
    this.#folder = join(cache, folder);
    this.#locks = join(cache, ".locks", folder);
    this.#withoutLinks = withoutLinks;
  }

  blob({ hash }: HubFile): string {
    return join(this.#folder, "blobs", hash);
  }

  /** What there is of a file whose download was cut. The hub's own tools have partial files of other names: they would go on with ours without the lock. */
  partial(file: HubFile): string {
    return `${this.blob(file)}.explain.incomplete`;
  }

  lock({ hash }: HubFile): string {
    return join(this.#locks, `${hash}.explain.lock`);
  }

  /** The folder of the files at a commit. */
  snapshot(commit: string): string {
    return join(this.#folder, "snapshots", commit);
  }

  /** Makes the folders that a download writes into. */
  async prepare(): Promise<void> {
    // Without the second, the hub's own tools take what was cut for damaged.
    for (const folder of ["blobs", "snapshots"]) {
      await mkdir(join(this.#folder, folder), { recursive: true });
    }
    await mkdir(this.#locks, { recursive: true });
  }

  /** Where a file is, complete; `null` where it is not. */
  async find(commit: string, file: HubFile): Promise<string | null> {
    for (const path of [join(this.snapshot(commit), file.path), this.blob(file)]) {
      if (await isOfSize(path, file)) {
        return path;
      }
    }
    return null;
  }

  /** Whether a file is there, complete. */
  async has(commit: string, file: HubFile): Promise<boolean> {
    return (await this.find(commit, file)) !== null;
  }

  /** Puts a file that is complete at its place among those of a commit: a relative link, or the file itself where links cannot be made. */
  async place(commit: string, file: HubFile): Promise<void> {
    const path = join(this.snapshot(commit), file.path);
    if (await isOfSize(path, file)) {
      return;
    }
    const blob = this.blob(file);
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${randomUUID().slice(0, 8)}.tmp`;
    try {
      await this.#link(relative(dirname(path), blob), blob, beside);
      await rename(beside, path);
    } finally {
      await rm(beside, { force: true });
    }
  }

  /** Remembers which commit a branch or tag was; a commit needs no name. */
  async remember(revision: string, at: string): Promise<void> {
    if (revision === at) {
      return;
    }
    const path = join(this.#folder, "refs", ...revision.split("/"));
    await mkdir(dirname(path), { recursive: true });
    const beside = `${path}.${randomUUID().slice(0, 8)}.tmp`;
    await writeFile(beside, at);
    await rename(beside, path);
  }

  /** The commit that a revision was when it was last downloaded; `null` where it never was. */
  async remembered(revision: string): Promise<string | null> {
    if (commit.test(revision)) {
      return revision;
    }
    const path = join(this.#folder, "refs", ...(isRevision(revision) ? revision.split("/") : [""]));
    const known = (await readFile(path, "utf8").catch(() => "")).trim();
    return commit.test(known) ? known : null;
  }

  async #link(target: string, blob: string, path: string): Promise<void> {
    if (!this.#withoutLinks) {
      try {
        await symlink(target, path, "file");
        return;
      } catch (error) {
        if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EACCES", "UNKNOWN"].includes(systemCode(error))) {
          throw error;
        }
      }
    }
    // A file with two names takes its room once; not all disks have such.
    await link(blob, path).catch(() => copyFile(blob, path));
  }
}

/** Whether a plain file, at the end of links, has the size that it should. */
async function isOfSize(path: string, { bytes }: HubFile): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && found.size === bytes;
}
