import { cleanName } from "../common/cleanWords";

/** What a configuration says of a model's build. */
export interface ModelShape {
  /** The family, such as `bert`. */
  readonly architecture: string | null;
  readonly layers: number | null;
  readonly heads: number | null;
  /** Numbers in one hidden state. */
  readonly hiddenSize: number | null;
}

/** A model's build by its `config.json`, in the words of its family; whatever the file holds may come. Of two stacks it is the one that answers. */
export function modelShape(config: Readonly<Record<string, unknown>>): ModelShape {
  const size = (...names: readonly string[]): number | null => {
    const values = names.map((name) => config[name]);
    const found = values.find((value) => typeof value === "number" && Number.isInteger(value) && value > 0);
    return typeof found === "number" && found < 1e6 ? found : null;
  };
  const architecture = typeof config.model_type === "string" ? cleanName(config.model_type) : "";
  return {
    architecture: architecture || null,
    layers: size("num_decoder_layers", "decoder_layers", "num_hidden_layers", "n_layers", "n_layer", "num_layers"),
    heads: size("decoder_attention_heads", "num_attention_heads", "n_heads", "n_head", "num_heads"),
    hiddenSize: size("hidden_size", "d_model", "dim", "n_embd"),
  };
}
