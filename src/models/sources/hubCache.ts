import { homedir } from "node:os";
import { basename, join } from "node:path";
import { foldersIn } from "./foldersIn";
import type { ModelPlace, ModelSource } from "./source";

/** What the model hub's own tools have downloaded (`HF_HOME`, by default `~/.cache/huggingface`). */
export const hubCache: ModelSource = {
  title: "Model hub cache",
  label: "model hub cache",
  async find() {
    const home = process.env.HF_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "huggingface");
    const places: ModelPlace[] = [];
    for (const folder of await foldersIn(join(home, "hub"))) {
      const name = /^models--(.+)$/.exec(basename(folder))?.[1];
      if (name !== undefined) {
        for (const directory of await foldersIn(join(folder, "snapshots"))) {
          places.push({ id: name.replaceAll("--", "/"), directory });
        }
      }
    }
    return places;
  },
};
