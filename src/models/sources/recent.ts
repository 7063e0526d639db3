import { basename } from "node:path";
import type { ModelSource } from "./source";

/** Folders that were chosen before. */
export const recent: ModelSource = {
  title: "Recent",
  label: "recent",
  find: async ({ recent: folders }) => folders.map((directory) => ({ id: basename(directory), directory })),
};
