import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The folders in a folder, sorted by name; links are left out, and where nothing can be read there are none. */
export async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.sort().map((name) => join(directory, name));
}
