import { checkpointGraph } from "../../graph/architectures/checkpointGraph";
import type { ReadGraph } from "../../graph/readGraph";
import { mergedWith } from "../adapter/adapterFolder";
import type { ModelFolder } from "../folder";
import type { ModelFiles } from "../modelFiles";
import { checkpointWeights } from "./checkpointWeights";

/**
 * The graph of a folder's checkpoint, merged with its adapter, whose files are `own`, where there is one. Weights are read when they are looked at. Throws what {@link checkpointGraph} and {@link mergedWith} throw, and
 * `model-file-corrupt` for an adapter of another model.
 */
export function readCheckpoint(
  { file, shards, settings, adapter }: Pick<ModelFolder, "file" | "shards" | "settings" | "adapter">,
  files: ModelFiles,
  own: ModelFiles | null,
): ReadGraph {
  const weights = checkpointWeights(files, shards.length > 0 ? shards.map((shard) => shard.file) : [file]);
  if (!adapter || !own) {
    return checkpointGraph(settings, weights);
  }
  const merged = mergedWith(adapter, own, weights, settings);
  const read = checkpointGraph(settings, merged);
  merged.refuseOthers();
  return read;
}
