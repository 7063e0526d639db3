import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { selfAttention } from "./attention";
import { placesByMask, readTexts, viewMask } from "./causal";
import { decoderHead } from "./causalHeads";
import { embedding, layerNorm, linear, plainLayerNorm } from "./layers";
import type { Net } from "./net";
import type { Settings } from "./settings";

/** Rows of the table of positions before that of the first token. */
const offset = 2;

/** OPT (Zhang et al. 2022): a decoder with learned positions whose norms come before or after attention and linear maps. */
export const opt: Architecture = {
  prefix: "model.",
  heads: ["next", "classes", "spans", "states"],
  write(net, settings, head) {
    const sizes = sizesOf(settings);
    const { vocabulary, positions, width, wordWidth, tied } = sizes;
    const isProjected = wordWidth !== width;
    const texts = readTexts(net);
    const words = embedding(net, texts.ids, "decoder.embed_tokens", [vocabulary, wordWidth]);
    const rows = net.add("Add", [placesByMask(net, texts), net.integer(offset)]);
    const place = embedding(net, rows, "decoder.embed_positions", [positions + offset, width]);
    const into = { inputs: wordWidth, outputs: width, bias: false };
    const wide = isProjected ? linear(net, words, "decoder.project_in", into) : words;
    const mask = viewMask(net, texts, { window: null });
    let states = net.add("Add", [wide, place]);
    for (let layer = 0; layer < sizes.layers; layer++) {
      states = block(net, states, mask, `decoder.layers.${layer}`, sizes);
    }
    states = sizes.endsNormed ? norm(net, states, "decoder.final_layer_norm", sizes) : states;
    const out = { inputs: width, outputs: wordWidth, bias: false };
    states = isProjected ? linear(net, states, "decoder.project_out", out) : states;
    const labels = { name: "score", bias: true };
    const tables = { vocabulary, width: wordWidth, words: "decoder.embed_tokens", tied };
    decoderHead(net, settings, head, { states, texts, labels, ...tables });
  },
};

interface Sizes {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  /** How wide words' embeddings are in their table. */
  readonly wordWidth: number;
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
  readonly activation: (net: Net, x: string) => string;
  readonly bias: boolean;
  /** Whether norms have weights. */
  readonly normWeights: boolean;
  readonly normsBefore: boolean;
  /** Whether the last states are normalised once more. */
  readonly endsNormed: boolean;
  readonly tied: boolean;
}

function sizesOf(settings: Settings): Sizes {
  settings.ignore("attention_dropout", "activation_dropout", "dropout", "init_std", "layerdrop");
  const width = settings.size("hidden_size");
  const normsBefore = settings.flag("do_layer_norm_before", true);
  return {
    vocabulary: settings.size("vocab_size"),
    positions: settings.size("max_position_embeddings"),
    width,
    wordWidth: settings.size("word_embed_proj_dim", width),
    layers: settings.layers("num_hidden_layers"),
    heads: settings.heads("num_attention_heads", width),
    inner: settings.size("ffn_dim"),
    activation: activationOf(settings, "activation_function", "relu"),
    bias: settings.flag("enable_bias", true),
    normWeights: settings.flag("layer_norm_elementwise_affine", true),
    normsBefore,
    endsNormed: !settings.flag("_remove_final_layer_norm", false) && normsBefore,
    tied: settings.flag("tie_word_embeddings", true),
  };
}

function norm(net: Net, x: string, name: string, { width, normWeights }: Sizes): string {
  const sizes = { width, epsilon: 1e-5 };
  return normWeights ? layerNorm(net, x, name, sizes) : plainLayerNorm(net, x, sizes);
}

/** Attention, sum, two linear maps, sum, each with its norm before or after. */
function block(net: Net, states: string, mask: string, name: string, sizes: Sizes): string {
  const { width, heads, inner, activation, bias, normsBefore } = sizes;
  const own = `${name}.self_attn`;
  const around = (x: string, norms: string, work: (read: string) => string) => {
    const sum = net.add("Add", [work(normsBefore ? norm(net, x, norms, sizes) : x), x]);
    return normsBefore ? sum : norm(net, sum, norms, sizes);
  };
  const attended = around(states, `${name}.self_attn_layer_norm`, (read) => {
    const names = { query: `${own}.q_proj`, key: `${own}.k_proj`, value: `${own}.v_proj` };
    const context = selfAttention(net, read, { ...names, heads, width, mask, bias });
    return linear(net, context, `${own}.out_proj`, { inputs: width, outputs: width, bias });
  });
  return around(attended, `${name}.final_layer_norm`, (read) => {
    const wide = activation(net, linear(net, read, `${name}.fc1`, { inputs: width, outputs: inner, bias }));
    return linear(net, wide, `${name}.fc2`, { inputs: inner, outputs: width, bias });
  });
}
