import { lstatSync } from "node:fs";
import { join } from "node:path";
import { ExplainError } from "../../common/errors";
import { prefixOf } from "../../graph/architectures/registry";
import type { Weights } from "../../graph/architectures/weights";
import { type CheckpointWeights, checkpointWeights } from "../checkpoint/checkpointWeights";
import { ModelFiles } from "../modelFiles";
import type { JsonObject } from "../readJson";
import { adaptedConfig } from "./adaptedConfig";
import { type AdapterSettings, adapterWeightsFile, readAdapterSettings } from "./adapterSettings";
import { type AdapterTensors, adapterTensors } from "./adapterTensors";
import { baseFolder } from "./baseModel";
import { MergedWeights } from "./mergedWeights";

/** What adapters' weights were kept in before, which runs programs when it is opened. */
const pickledWeights = "adapter_model.bin";

/** An adapter in a folder, and the folder of the model that it was trained on. */
export interface AdapterFolder {
  /** Without symbolic links, as {@link base}. */
  readonly directory: string;
  readonly base: string;
  readonly settings: AdapterSettings;
}

/** The adapter in a folder, whose model must be found; `null` where there is none. Throws what {@link readAdapterSettings} and {@link baseFolder} throw. */
export async function findAdapter(directory: string): Promise<AdapterFolder | null> {
  const settings = readAdapterSettings(directory);
  if (settings && !isThere(directory, adapterWeightsFile)) {
    throw withoutWeights(directory);
  }
  return settings && { directory, base: await baseFolder(directory, settings), settings };
}

const isThere = (directory: string, name: string): boolean =>
  lstatSync(join(directory, name), { throwIfNoEntry: false }) !== undefined;

function withoutWeights(directory: string): ExplainError {
  return isThere(directory, pickledWeights)
    ? new ExplainError(
        "model-missing",
        "{0} is never opened, since such files can run programs. Turn it into {1} in Python: peft.AutoPeftModel.from_pretrained(folder).save_pretrained(folder).",
        pickledWeights,
        adapterWeightsFile,
      )
    : new ExplainError(
        "model-missing",
        "There is no {0} in {1}. Copy it there, save the adapter again, or choose the folder of a model.",
        adapterWeightsFile,
        directory,
      );
}

/** The files of an adapter's folder, which the runtime never reads itself: it is told the folder of the model. */
export function adapterFiles({ directory }: AdapterFolder): ModelFiles {
  const files = new ModelFiles({ directory, file: adapterWeightsFile });
  files.inPlace = false;
  return files;
}

/** The config.json of an adapter's model, as it is with the adapter. Throws what reading safetensors throws. */
export function configWith(adapter: AdapterFolder, config: JsonObject): JsonObject {
  const { weights, tensors } = readAdapter(adapterFiles(adapter));
  return adaptedConfig(config, adapter.settings, tensors, (name) => weights.find(name)?.dims[0]);
}

/** The weights of a model merged with those of an adapter, whose files are given, by a config.json. Throws what reading safetensors throws. */
export function mergedWith(
  { settings }: AdapterFolder,
  files: ModelFiles,
  base: Weights,
  config: JsonObject,
): MergedWeights {
  const { weights, tensors } = readAdapter(files);
  return new MergedWeights({ base, own: weights, settings, tensors, prefix: prefixOf(config.model_type) });
}

function readAdapter(files: ModelFiles): { readonly weights: CheckpointWeights; readonly tensors: AdapterTensors } {
  const weights = checkpointWeights(files, [adapterWeightsFile]);
  return { weights, tensors: adapterTensors(weights.names, weights) };
}
