import { bundled } from "./bundled";
import { folders } from "./folders";
import { hubCache } from "./hubCache";
import { recent } from "./recent";
import type { ModelSource } from "./source";

/** Every source of models in the order of all lists, by the name that JSON gives it. */
export const modelSources: Readonly<Record<string, ModelSource>> = {
  bundled,
  workspace: folders,
  "hub-cache": hubCache,
  recent,
};
