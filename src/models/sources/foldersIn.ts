import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";

/** Sorts names as people count: `checkpoint-500` before `checkpoint-1000`. */
export const byName: (a: string, b: string) => number = new Intl.Collator("en", { numeric: true }).compare;

/** The step of a training whose state a folder holds, by the name that trainers give it; `null` for other folders. */
export function stepOf(directory: string): number | null {
  const step = /^checkpoint-(\d{1,12})$/.exec(basename(directory))?.[1];
  return step === undefined ? null : Number(step);
}

/** The folders in a folder, sorted by name; links are left out, and where nothing can be read there are none. */
export async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.sort(byName).map((name) => join(directory, name));
}
