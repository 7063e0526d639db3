import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { attend, joinHeads } from "./attention";
import { readTexts, viewMask } from "./causal";
import { decoderHead } from "./causalHeads";
import { embedding, layerNorm, linear } from "./layers";
import type { Net } from "./net";
import { packedHeads } from "./packedHeads";
import { type Rope, ropeOf } from "./rope";
import { type Angles, anglesOf, turned } from "./rotary";
import type { Settings } from "./settings";

/** GPT-NeoX (Black et al. 2022): heads are turned in part, and attention and linear maps may read the same states. */
export const gptNeoX: Architecture = {
  prefix: "gpt_neox.",
  heads: ["next", "classes", "everyToken", "spans", "states"],
  write(net, settings, head) {
    const sizes = sizesOf(settings);
    const { vocabulary, width, epsilon, tied } = sizes;
    const texts = readTexts(net);
    const given = { angles: anglesOf(net, texts, sizes.rope), mask: viewMask(net, texts, { window: null }) };
    let states = embedding(net, texts.ids, "embed_in", [vocabulary, width]);
    for (let layer = 0; layer < sizes.layers; layer++) {
      states = block(net, states, `layers.${layer}`, given, sizes);
    }
    states = layerNorm(net, states, "final_layer_norm", { width, epsilon });
    const labels = { name: "classifier", bias: true };
    decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "embed_in", tied, labels });
  },
};

interface Sizes {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: (net: Net, x: string) => string;
  /** Whether attention's linear maps add something. */
  readonly bias: boolean;
  readonly isParallel: boolean;
  readonly tied: boolean;
  readonly rope: Rope;
}

function sizesOf(settings: Settings): Sizes {
  settings.ignore("attention_dropout", "hidden_dropout", "is_decoder");
  settings.ignore("attention_probs_dropout_prob", "hidden_dropout_prob");
  const width = settings.size("hidden_size");
  const heads = settings.heads("num_attention_heads", width);
  return {
    vocabulary: settings.size("vocab_size"),
    width,
    layers: settings.layers("num_hidden_layers"),
    heads,
    inner: settings.size("intermediate_size"),
    epsilon: settings.number("layer_norm_eps", 1e-5),
    activation: activationOf(settings, "hidden_act", "gelu"),
    bias: settings.flag("attention_bias", true),
    isParallel: settings.flag("use_parallel_residual", true),
    tied: settings.flag("tie_word_embeddings", false),
    rope: ropeOf(settings, {
      headWidth: width / heads,
      positions: settings.size("max_position_embeddings", 2048),
      base: settings.number(["rotary_emb_base", "rope_theta"], 10_000),
      part: settings.number(["rotary_pct", "partial_rotary_factor"], 0.25),
    }),
  };
}

/** Attention and two linear maps, each after a norm, added one after the other or both to what the block reads. */
function block(
  net: Net,
  states: string,
  name: string,
  { angles, mask }: { readonly angles: Angles; readonly mask: string },
  sizes: Sizes,
): string {
  const { width, heads, inner, epsilon, activation, bias, isParallel } = sizes;
  const size = width / heads;
  const normed = layerNorm(net, states, `${name}.input_layernorm`, { width, epsilon });
  const [query, key, value] = packedHeads(net, normed, `${name}.attention.query_key_value`, { heads, width, bias });
  const context = attend(net, {
    query: turned(net, query, angles, size),
    key: turned(net, key, angles, size),
    value,
    scale: 1 / Math.sqrt(size),
    mask,
  });
  const joined = joinHeads(net, context, width);
  const mixed = linear(net, joined, `${name}.attention.dense`, { inputs: width, outputs: width, bias });
  const attended = net.add("Add", [mixed, states]);
  const read = layerNorm(net, isParallel ? states : attended, `${name}.post_attention_layernorm`, { width, epsilon });
  const wide = activation(net, linear(net, read, `${name}.mlp.dense_h_to_4h`, { inputs: width, outputs: inner }));
  const result = linear(net, wide, `${name}.mlp.dense_4h_to_h`, { inputs: inner, outputs: width });
  return net.add("Add", [result, attended]);
}
