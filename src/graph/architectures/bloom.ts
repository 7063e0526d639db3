import { elementTypes } from "../elementType";
import { floatTensor } from "../tensor";
import { activations } from "./activations";
import type { Architecture } from "./architecture";
import { attend, joinHeads } from "./attention";
import { placesByMask, type ReadTexts, readTexts, viewMask } from "./causal";
import { decoderHead } from "./causalHeads";
import { embedding, layerNorm, linear } from "./layers";
import type { Net } from "./net";
import { packedHeads } from "./packedHeads";
import type { Settings } from "./settings";

/** BLOOM (BigScience Workshop 2022): no positions, but scores that grow with them (ALiBi), and words' embeddings that are normalised. */
export const bloom: Architecture = {
  prefix: "transformer.",
  heads: ["next", "classes", "everyToken", "spans", "states"],
  write(net, settings, head) {
    const sizes = sizesOf(settings);
    const { vocabulary, width, epsilon, heads, tied } = sizes;
    const texts = readTexts(net);
    const mask = net.add("Add", [viewMask(net, texts, { window: null }), alibi(net, texts, heads)]);
    const words = embedding(net, texts.ids, "word_embeddings", [vocabulary, width]);
    let states = layerNorm(net, words, "word_embeddings_layernorm", { width, epsilon });
    for (let layer = 0; layer < sizes.layers; layer++) {
      states = block(net, states, mask, `h.${layer}`, sizes);
    }
    states = layerNorm(net, states, "ln_f", { width, epsilon });
    const labels = { name: "classifier", bias: true };
    decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "word_embeddings", tied, labels });
  },
};

interface Sizes {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly epsilon: number;
  /** Whether what attention and linear maps give is added to what they read after the norm, not before. */
  readonly addsToNormed: boolean;
  readonly tied: boolean;
}

function sizesOf(settings: Settings): Sizes {
  // The other way leaves out biases where weights were spread over machines in training.
  settings.only({ slow_but_exact: false });
  settings.ignore("attention_dropout", "hidden_dropout", "pretraining_tp", "n_inner", "offset_alibi", "seq_length");
  settings.ignore("attention_softmax_in_fp32", "bias_dropout_fusion", "masked_softmax_fusion");
  settings.ignore("skip_bias_add", "skip_bias_add_qkv");
  const width = settings.size(["n_embed", "hidden_size"]);
  return {
    vocabulary: settings.size("vocab_size"),
    width,
    layers: settings.layers(["n_layer", "num_hidden_layers"]),
    heads: settings.heads(["n_head", "num_attention_heads"], width),
    epsilon: settings.number("layer_norm_epsilon", 1e-5),
    addsToNormed: settings.flag("apply_residual_connection_post_layernorm", false),
    tied: settings.flag("tie_word_embeddings", true),
  };
}

/** Each head's slope times the place of a key: [batch, heads, 1, keys] (Press et al. 2022). */
function alibi(net: Net, texts: ReadTexts, heads: number): string {
  const places = net.add("Mul", [placesByMask(net, texts), texts.mask]);
  const wide = net.add("Unsqueeze", [net.add("Cast", [places], { to: elementTypes.float32 }), net.integers(1, 2)]);
  const slopes = net.constant(floatTensor("", [heads, 1, 1], Float32Array.from(slopesOf(heads))), "slopes");
  return net.add("Mul", [wide, slopes]);
}

/** 2^(−8k / n) for n heads, a power of two, and between them as many more as are needed. */
function slopesOf(heads: number): readonly number[] {
  const even = 2 ** Math.floor(Math.log2(heads));
  const base = (count: number) => Math.fround(2 ** (-8 / count));
  const whole = Array.from({ length: even }, (_, at) => base(even) ** (at + 1));
  const rest = Array.from({ length: heads - even }, (_, at) => base(2 * even) ** (2 * at + 1));
  return [...whole, ...rest];
}

/** Norm, attention, sum, norm, two linear maps, sum. */
function block(net: Net, states: string, mask: string, name: string, sizes: Sizes): string {
  const { width, heads, epsilon, addsToNormed } = sizes;
  const normed = layerNorm(net, states, `${name}.input_layernorm`, { width, epsilon });
  const own = `${name}.self_attention`;
  const [query, key, value] = packedHeads(net, normed, `${own}.query_key_value`, { heads, width, bias: true });
  const context = attend(net, { query, key, value, scale: Math.sqrt(heads / width), mask });
  const mixed = linear(net, joinHeads(net, context, width), `${own}.dense`, { inputs: width, outputs: width });
  const attended = net.add("Add", [mixed, addsToNormed ? normed : states]);
  const read = layerNorm(net, attended, `${name}.post_attention_layernorm`, { width, epsilon });
  const inner = 4 * width;
  const wide = linear(net, read, `${name}.mlp.dense_h_to_4h`, { inputs: width, outputs: inner });
  const curved = activations.gelu_pytorch_tanh(net, wide);
  const result = linear(net, curved, `${name}.mlp.dense_4h_to_h`, { inputs: inner, outputs: width });
  return net.add("Add", [result, addsToNormed ? read : attended]);
}
