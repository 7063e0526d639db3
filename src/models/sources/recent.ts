import { modelName } from "../../common/modelName";
import type { ModelSource } from "./source";

/** Folders that were chosen before. */
export const recent: ModelSource = {
  title: "Recent",
  label: "recent",
  find: async ({ recent: folders }) => folders.map((directory) => ({ id: modelName(directory), directory })),
};
