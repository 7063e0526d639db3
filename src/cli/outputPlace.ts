import { type BigIntStats, constants, fstatSync } from "node:fs";
import { access } from "node:fs/promises";
import { ExplainError } from "../common/errors";
import { fileBehind, statOf } from "../exports/fileBehind";
import { unwritable } from "../exports/unwritable";
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

/**
 * What `name` stands for; links are followed, as a shell's `>` does. Throws `output-unwritable` for a folder, for a place that does not exist and for
 * one that may not be written.
 */
export async function findOutputPlace(name: string): Promise<OutputPlace> {
  try {
    const there = await statOf(name);
    if (!there || there.isFile() || there.isDirectory()) {
      const file = await fileBehind(name);
      const isStandard = there && isSame(there, fstatSync(standardOutput, { bigint: true }));
      return isStandard ? { kind: "standard", path: name, mode: null } : { kind: "file", ...file };
    }
    await access(name, constants.W_OK);
    if (isSame(there, fstatSync(standardOutput, { bigint: true }))) {
      return { kind: "standard", path: name, mode: null };
    }
    return { kind: there.isFIFO() ? "pipe" : "device", path: name, mode: null };
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

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.ino !== 0n;
}
