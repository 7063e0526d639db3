import { basename } from "node:path";
import type { ModelSource } from "./source";

/** The model that comes with the product. */
export const bundled: ModelSource = {
  title: "Included",
  label: "bundled",
  find: async ({ bundled: directory }) => [{ id: basename(directory), directory }],
};
