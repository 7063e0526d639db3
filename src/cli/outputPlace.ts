import { type BigIntStats, constants, fstatSync } from "node:fs";
import { access, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExplainError } from "../common/errors";
import { unwritable } from "./sink";
import { UsageError } from "./usageError";

/** What an output's name stands for. */
export interface OutputPlace {
  readonly kind: "standard" | "file" | "pipe" | "device";
  /** Where it is, links followed. */
  readonly path: string;
  /** Permissions of the file that is there; `null` where there is none. */
  readonly mode: number | null;
}

/** The number of standard output among a process's open files. */
export const standardOutput = 1;

const longestChain = 40;

/**
 * What `name` stands for; links are followed, as a shell's `>` does. Throws `output-unwritable` for a folder, for a place that does not exist and for
 * one that may not be written.
 */
export async function findOutputPlace(name: string): Promise<OutputPlace> {
  try {
    const there = await statOf(name);
    if (!there) {
      const path = await endOfLinks(name);
      await access(dirname(path), constants.W_OK);
      return { kind: "file", path, mode: null };
    }
    if (there.isDirectory()) {
      throw Object.assign(new Error(), { code: "EISDIR" });
    }
    await access(name, constants.W_OK);
    if (isSame(there, fstatSync(standardOutput, { bigint: true }))) {
      return { kind: "standard", path: name, mode: null };
    }
    if (!there.isFile()) {
      return { kind: there.isFIFO() ? "pipe" : "device", path: name, mode: null };
    }
    return { kind: "file", path: await realpath(name), mode: Number(there.mode) & 0o777 };
  } catch (error) {
    throw error instanceof ExplainError ? error : unwritable(name, error);
  }
}

/** Throws {@link UsageError} where results would go into the file that is read, whatever it is called there; `output` `null` is standard output. */
export async function refuseSameFile(input: string, output: string | null): Promise<void> {
  const read = await statOf(input).catch(() => null);
  const written =
    output === null ? fstatSync(standardOutput, { bigint: true }) : await statOf(output).catch(() => null);
  if (read?.isFile() && written && isSame(read, written)) {
    throw new UsageError(
      output === null
        ? `Standard output goes into ${input}, which is read. Let it go into another file.`
        : `--output ${output} is the file that --input reads. Choose another --output.`,
    );
  }
}

async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return null;
    }
    throw error;
  }
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.ino !== 0n;
}

/** Where a name leads whose last link points at nothing yet. */
async function endOfLinks(name: string): Promise<string> {
  let path = resolve(name);
  for (let links = 0; links < longestChain; links++) {
    const target = await readlink(path).catch(() => null);
    if (target === null) {
      return path;
    }
    path = resolve(dirname(path), target);
  }
  throw Object.assign(new Error(), { code: "ELOOP" });
}
