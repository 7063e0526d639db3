import { ExplainError } from "../../common/errors";
import { isJsonObject, readJsonObject } from "../readJson";

/** The files by which a checkpoint is named: its weights, or the list of files that they are split into. */
export const checkpointNames = ["model.safetensors", "model.safetensors.index.json"] as const;
/** Files that run programs when they are opened, and are never opened here. */
const pickled = /^(?:pytorch_model.*\.bin|.*\.pt|.*\.pth|.*\.ckpt)$/;
/** Weights as TensorFlow and Flax write them, and how `transformers` up to version 4 is told to read them. */
const foreign = new Map([
  ["tf_model.h5", "from_tf=True"],
  ["flax_model.msgpack", "from_flax=True"],
]);
const maximumIndexBytes = 32 * 2 ** 20;
const mostShards = 1000;

/** Whether a file of a model's folder is a checkpoint's. */
export function isCheckpoint(file: string): boolean {
  return checkpointNames.some((name) => name === file);
}

/**
 * The files that the weights of a checkpoint lie in: itself, or those that its index lists, which must be names without folders. Throws `model-file-corrupt` for an index that lists none or too many, `model-file-unsafe` for
 * one that leads elsewhere.
 */
export function shardsOf(directory: string, file: string): readonly string[] {
  if (file === "model.safetensors") {
    return [file];
  }
  const index = readJsonObject(directory, file, maximumIndexBytes, "model-file-corrupt");
  const map = index?.weight_map;
  const names = isJsonObject(map) ? [...new Set(Object.values(map))] : [];
  if (names.length === 0 || names.length > mostShards) {
    throw new ExplainError(
      "model-file-corrupt",
      "{0} does not list the files of the checkpoint. Download the model again.",
      file,
    );
  }
  const checked = names.map((name) => {
    if (typeof name !== "string" || !/^[\w.-]+\.safetensors$/.test(name)) {
      throw new ExplainError(
        "model-file-unsafe",
        "The checkpoint asks for weights in {0}, which is no .safetensors file of its own folder. Do not use it unless you trust its source.",
        typeof name === "string" ? name.slice(0, 200) : typeof name,
      );
    }
    return name;
  });
  return checked.sort();
}

/** The refusal of a folder without a model that can be opened; where its weights are pickled it says how they are turned. */
export function withoutModel(directory: string, names: readonly string[]): ExplainError {
  const pickle = names.find((name) => pickled.test(name));
  const other = names.find((name) => foreign.has(name));
  if (pickle === undefined && other !== undefined) {
    return new ExplainError(
      "model-missing",
      "{0} is of another framework and not read here. Turn it into model.safetensors in Python, with transformers 4: import transformers as t; c = t.AutoConfig.from_pretrained(folder); getattr(t, c.architectures[0]).from_pretrained(folder, {1}).save_pretrained(folder).",
      other,
      foreign.get(other) ?? "",
    );
  }
  return pickle === undefined
    ? new ExplainError(
        "model-missing",
        "There is no .onnx file and no model.safetensors in {0}. Choose the folder of a model, or export it to ONNX.",
        directory,
      )
    : new ExplainError(
        "model-missing",
        "{0} is never opened, since such files can run programs. Turn it into model.safetensors in Python: import transformers as t; c = t.AutoConfig.from_pretrained(folder); getattr(t, c.architectures[0]).from_pretrained(folder).save_pretrained(folder).",
        pickle.slice(0, 200),
      );
}
