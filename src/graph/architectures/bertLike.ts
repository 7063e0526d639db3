import { activationOf } from "./activations";
import { paddingMask } from "./attention";
import { embedding, layerNorm, sizeOf } from "./layers";
import type { Net } from "./net";
import { type BlockNames, type BlockSizes, postNormBlock } from "./postNorm";
import type { Settings } from "./settings";

/** Sizes of an encoder in BERT's form, as its config.json has them. */
export interface BertSizes extends BlockSizes {
  readonly vocabulary: number;
  readonly positions: number;
  readonly types: number;
  readonly layers: number;
}

/** Reads the sizes of an encoder in BERT's form, of as many kinds of texts as it says or else is told; settings for other forms are refused. */
export function bertSizes(settings: Settings, { types = 2 }: { readonly types?: number } = {}): BertSizes {
  settings.only({ position_embedding_type: "absolute", is_decoder: false, add_cross_attention: false });
  settings.ignore("attention_probs_dropout_prob", "hidden_dropout_prob");
  const width = settings.size("hidden_size");
  return {
    vocabulary: settings.size("vocab_size"),
    positions: settings.size("max_position_embeddings"),
    types: settings.index("type_vocab_size", types),
    width,
    layers: settings.layers("num_hidden_layers"),
    heads: settings.heads("num_attention_heads", width),
    inner: settings.size("intermediate_size"),
    epsilon: settings.number("layer_norm_eps", 1e-12),
    activation: activationOf(settings, "hidden_act", "gelu"),
  };
}

/** Adds the inputs of an encoder that tells two texts apart; `mask` is what is added to scores of attention, `positions` counts from 0. */
export function pairInputs(net: Net): EmbeddedInputs & { readonly mask: string } {
  const axes = ["batch_size", "sequence_length"];
  const ids = net.input("input_ids", axes);
  const mask = paddingMask(net, net.input("attention_mask", axes));
  const types = net.input("token_type_ids", axes);
  return { ids, mask, types, positions: net.range(sizeOf(net, ids, 1)) };
}

/** What is looked up for each token: its word, which text it is of, and where it stands. */
export interface EmbeddedInputs {
  readonly ids: string;
  readonly types: string;
  readonly positions: string;
}

/** The sum of word, type and position embeddings, normalised. */
export function embedded(
  net: Net,
  { ids, types, positions }: EmbeddedInputs,
  sizes: Pick<BertSizes, "vocabulary" | "positions" | "types" | "width" | "epsilon">,
): string {
  const { vocabulary, positions: count, types: kinds, width, epsilon } = sizes;
  const words = embedding(net, ids, "embeddings.word_embeddings", [vocabulary, width]);
  const kind = embedding(net, types, "embeddings.token_type_embeddings", [kinds, width]);
  const place = embedding(net, positions, "embeddings.position_embeddings", [count, width]);
  const sum = net.add("Add", [net.add("Add", [words, kind]), place]);
  return layerNorm(net, sum, "embeddings.LayerNorm", { width, epsilon });
}

/** All blocks of an encoder in BERT's form. */
export function encoder(net: Net, start: string, mask: string, sizes: BertSizes): string {
  let states = start;
  for (let layer = 0; layer < sizes.layers; layer++) {
    states = postNormBlock(net, states, bertNames(layer), sizes, mask);
  }
  return states;
}

/** Names of the weights of a block as BERT has them. */
function bertNames(layer: number): BlockNames {
  const name = `encoder.layer.${layer}`;
  return {
    query: `${name}.attention.self.query`,
    key: `${name}.attention.self.key`,
    value: `${name}.attention.self.value`,
    joined: `${name}.attention.output.dense`,
    attentionNorm: `${name}.attention.output.LayerNorm`,
    grown: `${name}.intermediate.dense`,
    shrunk: `${name}.output.dense`,
    norm: `${name}.output.LayerNorm`,
  };
}
