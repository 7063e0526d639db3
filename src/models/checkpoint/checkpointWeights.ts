import { ExplainError } from "../../common/errors";
import type { Weights } from "../../graph/architectures/weights";
import { elementTypes } from "../../graph/elementType";
import { present } from "../../graph/storedBytes";
import { makeTensor } from "../../graph/tensor";
import { widened } from "../../graph/widened";
import type { ModelFiles } from "../modelFiles";
import { readSafetensors, type StoredTensor } from "./safetensors";

/** The weights of a checkpoint with all their names. */
export interface CheckpointWeights extends Weights {
  readonly names: readonly string[];
}

/**
 * The weights in some safetensors files of a model's folder, which lie beside `model.safetensors` or its index. Nothing but headers is read until numbers are looked at; those of 16 bits are turned to 32 then. Throws what
 * {@link readSafetensors} throws, and `model-file-corrupt` where two files have a tensor of one name.
 */
export function checkpointWeights(files: ModelFiles, names: readonly string[]): CheckpointWeights {
  const places = new Map<string, StoredTensor & { readonly file: string }>();
  for (const file of names) {
    const read = (offset: number, length: number) => present(files.stored(file, offset, length));
    for (const [name, tensor] of readSafetensors(file, files.size(file), read)) {
      if (places.has(name)) {
        throw new ExplainError(
          "model-file-corrupt",
          "Two files of the checkpoint hold weights {0}. Save or download it again.",
          name.slice(0, 80),
        );
      }
      places.set(name, { ...tensor, file });
    }
  }
  return {
    names: [...places.keys()],
    has: (name) => places.has(name),
    find: (name) => {
      const place = places.get(name);
      if (!place) {
        return undefined;
      }
      const { dataType, dims, file, offset, length } = place;
      if (typeof dataType === "string") {
        throw new ExplainError(
          "model-unsupported",
          "The checkpoint has weights {0} as {1}, which is not read here. Save it in Python as 32-bit floats: model.float().save_pretrained(folder).",
          name.slice(0, 80),
          dataType.slice(0, 20),
        );
      }
      const bytes = files.stored(file, offset, length);
      const floats =
        dataType === elementTypes.float16 || dataType === elementTypes.bfloat16 ? widened(bytes, dataType) : bytes;
      return makeTensor(name, elementTypes.float32, dims, floats);
    },
  };
}
