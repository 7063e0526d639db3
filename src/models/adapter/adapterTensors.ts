import { ExplainError } from "../../common/errors";
import type { Weights } from "../../graph/architectures/weights";
import type { TensorProto } from "../../graph/onnxSchema";

/** The two factors of what an adapter adds to one weight. */
export interface Factors {
  /** [rank, inputs]; of a table of words [rank, words]. */
  readonly down: TensorProto;
  /** [outputs, rank]; of a table of words [width, rank]. */
  readonly up: TensorProto;
  readonly isTable: boolean;
}

/** The weights of an adapter, by the names of a model's modules and weights. */
export interface AdapterTensors {
  readonly factors: ReadonlyMap<string, Factors>;
  /** Weights that take the place of the model's: names in the adapter's file. */
  readonly replaced: ReadonlyMap<string, string>;
}

const prefix = "base_model.model.";
const factor = /^(.+)\.(lora_A\.weight|lora_B\.weight|lora_embedding_A|lora_embedding_B)$/;

/** Sorts the tensors of an adapter's file. Throws `model-unsupported` naming one that is no part of LoRA, `model-file-corrupt` where factors do not belong together. */
export function adapterTensors(names: Iterable<string>, weights: Weights): AdapterTensors {
  const halves = new Map<string, Map<string, TensorProto>>();
  const replaced = new Map<string, string>();
  for (const full of names) {
    const name = full.startsWith(prefix) ? full.slice(prefix.length) : full;
    const [, module = "", part = ""] = factor.exec(name) ?? [];
    if (part !== "") {
      const tensor = weights.find(full);
      const known = halves.get(module) ?? new Map<string, TensorProto>();
      halves.set(module, tensor ? known.set(part, tensor) : known);
    } else if (/\.lora_|\.trainable_tokens|^lora_/.test(name)) {
      throw new ExplainError(
        "model-unsupported",
        "The adapter holds {0}, which is not merged here. Merge it with its model in Python: peft.AutoPeftModel.from_pretrained(folder).merge_and_unload().save_pretrained(other).",
        name.slice(0, 200),
      );
    } else if (!name.includes(".original_module.")) {
      const plain = name.replace(".base_layer.", ".").replace(/\.modules_to_save\.(?:default\.)?/, ".");
      // Some files have a weight under its plain name as well.
      if (plain === name || !replaced.has(plain)) {
        replaced.set(plain, full);
      }
    }
  }
  return { factors: new Map([...halves].map(([module, parts]) => [module, factorsOf(module, parts)])), replaced };
}

function factorsOf(module: string, parts: ReadonlyMap<string, TensorProto>): Factors {
  const isTable = parts.has("lora_embedding_A");
  const down = parts.get(isTable ? "lora_embedding_A" : "lora_A.weight");
  const up = parts.get(isTable ? "lora_embedding_B" : "lora_B.weight");
  if (
    !down ||
    !up ||
    parts.size !== 2 ||
    down.dims.length !== 2 ||
    up.dims.length !== 2 ||
    down.dims[0] !== up.dims[1]
  ) {
    throw new ExplainError(
      "model-file-corrupt",
      "The adapter's weights of {0} do not belong together. Save or download it again.",
      module.slice(0, 200),
    );
  }
  return { down, up, isTable };
}
