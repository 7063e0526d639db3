import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { attend, joinHeads, splitHeads } from "./attention";
import { readTexts, viewMask } from "./causal";
import { decoderHead } from "./causalHeads";
import { embedding, layerNorm } from "./layers";
import type { Net } from "./net";
import type { Settings } from "./settings";

/** GPT-2 (Radford et al. 2019): a decoder with learned positions whose norms come before attention and linear maps. */
export const gpt2: Architecture = {
  prefix: "transformer.",
  heads: ["next", "classes", "everyToken", "spans", "states"],
  write(net, settings, head) {
    const sizes = sizesOf(settings);
    const { vocabulary, positions, width, epsilon, tied } = sizes;
    const texts = readTexts(net);
    const words = embedding(net, texts.ids, "wte", [vocabulary, width]);
    const place = embedding(net, texts.places, "wpe", [positions, width]);
    const mask = viewMask(net, texts, { window: null });
    let states = net.add("Add", [words, place]);
    for (let layer = 0; layer < sizes.layers; layer++) {
      states = block(net, states, mask, layer, sizes);
    }
    states = layerNorm(net, states, "ln_f", { width, epsilon });
    const labels = { name: "classifier", bias: true };
    decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "wte", tied, labels });
  },
};

interface Sizes {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: (net: Net, x: string) => string;
  readonly tied: boolean;
  /** What scores of a layer are multiplied with. */
  scaleOf(layer: number): number;
}

function sizesOf(settings: Settings): Sizes {
  settings.only({ add_cross_attention: false });
  settings.ignore("attn_pdrop", "embd_pdrop", "resid_pdrop", "n_ctx", "reorder_and_upcast_attn");
  settings.ignore("summary_activation", "summary_first_dropout", "summary_proj_to_labels");
  settings.ignore("summary_type", "summary_use_proj");
  const width = settings.size(["n_embd", "hidden_size"]);
  const heads = settings.heads(["n_head", "num_attention_heads"], width);
  const isScaled = settings.flag("scale_attn_weights", true);
  const byLayer = settings.flag("scale_attn_by_inverse_layer_idx", false);
  return {
    vocabulary: settings.size("vocab_size"),
    positions: settings.size(["n_positions", "max_position_embeddings"]),
    width,
    layers: settings.layers(["n_layer", "num_hidden_layers"]),
    heads,
    inner: settings.size("n_inner", 4 * width),
    epsilon: settings.number("layer_norm_epsilon", 1e-5),
    activation: activationOf(settings, "activation_function", "gelu_new"),
    tied: settings.flag("tie_word_embeddings", true),
    scaleOf: (layer) => (isScaled ? Math.sqrt(heads / width) : 1) / (byLayer ? layer + 1 : 1),
  };
}

/** Norm, attention, sum, norm, two linear maps, sum. */
function block(net: Net, states: string, mask: string, layer: number, sizes: Sizes): string {
  const { width, heads, inner, epsilon, activation } = sizes;
  const name = `h.${layer}`;
  const normed = layerNorm(net, states, `${name}.ln_1`, { width, epsilon });
  const together = turnedLinear(net, normed, `${name}.attn.c_attn`, [width, 3 * width]);
  const [query = "", key = "", value = ""] = net
    .several("Split", [together, net.integers(width, width, width)], 3, { axis: 2 })
    .map((part) => splitHeads(net, part, heads, width / heads));
  const context = attend(net, { query, key, value, scale: sizes.scaleOf(layer), mask });
  const mixed = turnedLinear(net, joinHeads(net, context, width), `${name}.attn.c_proj`, [width, width]);
  const attended = net.add("Add", [mixed, states]);
  const wide = turnedLinear(net, layerNorm(net, attended, `${name}.ln_2`, { width, epsilon }), `${name}.mlp.c_fc`, [
    width,
    inner,
  ]);
  return net.add("Add", [turnedLinear(net, activation(net, wide), `${name}.mlp.c_proj`, [inner, width]), attended]);
}

/** x·W + b of the weights `name`.weight, which lie here as [inputs, outputs], and `name`.bias. */
function turnedLinear(net: Net, x: string, name: string, [inputs, outputs]: readonly [number, number]): string {
  const product = net.add("MatMul", [x, net.weight(`${name}.weight`, [inputs, outputs])]);
  return net.add("Add", [product, net.weight(`${name}.bias`, [outputs])]);
}
