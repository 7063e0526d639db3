import { basename, join } from "node:path";
import { nameInCache } from "../../common/modelName";
import { hubCacheFolder } from "../hubFolder";
import { foldersIn } from "./foldersIn";
import type { ModelPlace, ModelSource } from "./source";

/** What was downloaded from the model hub, by this product or by the hub's own tools. */
export const hubCache: ModelSource = {
  title: "Model hub cache",
  label: "model hub cache",
  removable: true,
  async find() {
    const places: ModelPlace[] = [];
    for (const folder of await foldersIn(hubCacheFolder(process.env))) {
      const id = nameInCache(basename(folder));
      if (id !== null) {
        for (const directory of await foldersIn(join(folder, "snapshots"))) {
          places.push({ id, directory });
        }
      }
    }
    return places;
  },
};
