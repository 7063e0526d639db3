import { elementTypes } from "../elementType";
import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { attend, joinHeads, splitHeads } from "./attention";
import { type ReadTexts, readTexts, viewMask } from "./causal";
import { encoderHead } from "./heads";
import { embedding, firstToken, layerNorm, linear, projected } from "./layers";
import { byType, layerTypes } from "./layerTypes";
import type { Net } from "./net";
import { type Rope, type RopeDefaults, ropeIn } from "./rope";
import { type Angles, anglesOf, turned } from "./rotary";
import type { Settings } from "./settings";

/** ModernBERT (Warner et al. 2024): an encoder with norms before each part, heads turned by position, gated inner layers, and a window in most layers. */
export const modernBert: Architecture = {
  prefix: "model.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = sizesOf(settings);
    const { width, epsilon, normBias } = sizes;
    const norm = { width, epsilon, bias: normBias };
    const texts = readTexts(net);
    const own = layerTypes(settings, sizes.layers, everyNth(settings.size("global_attn_every_n_layers", 3)));
    const window = Math.floor(settings.size("local_attention", 128) / 2) + 1;
    const [full, sliding] = ropesOf(settings, sizes);
    const layerOf = byType(
      own,
      { angles: anglesOf(net, texts, full), mask: viewMask(net, texts, { window: null, bothWays: true }) },
      { angles: anglesOf(net, texts, sliding), mask: viewMask(net, texts, { window, bothWays: true }) },
    );
    const words = embedding(net, texts.ids, "embeddings.tok_embeddings", [sizes.vocabulary, width]);
    let states = layerNorm(net, words, "embeddings.norm", norm);
    for (let layer = 0; layer < sizes.layers; layer++) {
      states = block(net, states, layer, sizes, layerOf(layer));
    }
    states = layerNorm(net, states, "final_norm", norm);
    const readsEach = head === "everyToken" || head === "spans";
    const prediction = predictionHead(settings, sizes);
    const pool = settings.choice("classifier_pooling", ["cls", "mean"], "cls");
    encoderHead(net, head, readsEach ? prediction(net, states) : states, {
      width,
      settings,
      pooled: (n, all) => prediction(n, pool === "cls" ? firstToken(n, all) : meanOf(n, all, texts)),
      spans: "classifier",
      blanks: (n, all) => blanks(n, prediction(n, all), settings, sizes),
    });
  },
};

interface ModernSizes {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
  readonly epsilon: number;
  readonly positions: number;
  readonly normBias: boolean;
  readonly attentionBias: boolean;
  readonly innerBias: boolean;
  readonly activation: (net: Net, x: string) => string;
}

function sizesOf(settings: Settings): ModernSizes {
  settings.ignore("attention_dropout", "embedding_dropout", "mlp_dropout", "deterministic_flash_attn");
  settings.ignore("initializer_cutoff_factor", "reference_compile", "repad_logits_with_grad");
  settings.ignore("sparse_prediction", "sparse_pred_ignore_index", "decoder_bias");
  const width = settings.size("hidden_size");
  return {
    vocabulary: settings.size("vocab_size"),
    width,
    layers: settings.layers("num_hidden_layers"),
    heads: settings.heads("num_attention_heads", width),
    inner: settings.size("intermediate_size"),
    epsilon: settings.number("norm_eps", 1e-5),
    positions: settings.size("max_position_embeddings", 8192),
    normBias: settings.flag("norm_bias", false),
    attentionBias: settings.flag("attention_bias", false),
    innerBias: settings.flag("mlp_bias", false),
    activation: activationOf(settings, "hidden_activation", "gelu"),
  };
}

const everyNth = (count: number) => (index: number) => (index % count === 0 ? "full_attention" : "sliding_attention");

/** How layers that see all tokens turn heads, and those with a window. */
function ropesOf(settings: Settings, { width, heads, positions }: ModernSizes): readonly [Rope, Rope] {
  const newer = settings.inner("rope_parameters");
  const defaults = (base: number): RopeDefaults => ({ headWidth: width / heads, positions, base });
  const ropes = [
    ropeIn(newer?.inner("full_attention") ?? null, defaults(settings.number("global_rope_theta", 160_000))),
    ropeIn(newer?.inner("sliding_attention") ?? null, defaults(settings.number("local_rope_theta", 10_000))),
  ] as const;
  newer?.refuseUnread(new Set());
  return ropes;
}

interface LayerView {
  readonly angles: Angles;
  readonly mask: string;
}

function block(net: Net, states: string, layer: number, sizes: ModernSizes, view: LayerView): string {
  const { width, inner, epsilon, normBias, innerBias, activation } = sizes;
  const norm = { width, epsilon, bias: normBias };
  const name = `layers.${layer}`;
  // The embeddings are normalised already.
  const read = layer === 0 ? states : layerNorm(net, states, `${name}.attn_norm`, norm);
  const attended = net.add("Add", [states, attention(net, read, `${name}.attn`, sizes, view)]);
  const read2 = layerNorm(net, attended, `${name}.mlp_norm`, norm);
  const both = linear(net, read2, `${name}.mlp.Wi`, { inputs: width, outputs: 2 * inner, bias: innerBias });
  const [grown = "", gate = ""] = net.several("Split", [both, net.integers(inner, inner)], 2, { axis: 2 });
  const gated = net.add("Mul", [activation(net, grown), gate]);
  return net.add("Add", [
    attended,
    linear(net, gated, `${name}.mlp.Wo`, { inputs: inner, outputs: width, bias: innerBias }),
  ]);
}

function attention(net: Net, x: string, name: string, sizes: ModernSizes, { angles, mask }: LayerView): string {
  const { width, heads, attentionBias: bias } = sizes;
  const size = width / heads;
  const together = linear(net, x, `${name}.Wqkv`, { inputs: width, outputs: 3 * width, bias });
  const parts = net.several("Split", [together, net.integers(width, width, width)], 3, { axis: 2 });
  const [query = "", key = "", value = ""] = parts.map((part) => splitHeads(net, part, heads, size));
  const turn = (part: string) => turned(net, part, angles, size);
  const context = attend(net, { query: turn(query), key: turn(key), value, scale: 1 / Math.sqrt(size), mask });
  return linear(net, joinHeads(net, context, width), `${name}.Wo`, { inputs: width, outputs: width, bias });
}

/** The mean of the states of a text's real tokens: [batch, width]. */
function meanOf(net: Net, states: string, { mask }: ReadTexts): string {
  const real = net.add("Cast", [net.add("Unsqueeze", [mask, net.integers(2)])], { to: elementTypes.float32 });
  const sum = (value: string) => net.reduce("ReduceSum", value, 1, 0);
  return net.add("Div", [sum(net.add("Mul", [states, real])), sum(real)]);
}

/** A linear map, an activation and a norm, before every head. */
function predictionHead(settings: Settings, { width, epsilon, normBias }: ModernSizes) {
  const bias = settings.flag("classifier_bias", false);
  const activation = activationOf(settings, "classifier_activation", "gelu");
  return (net: Net, states: string) => {
    const mapped = linear(net, states, "head.dense", { inputs: width, outputs: width, bias });
    return layerNorm(net, activation(net, mapped), "head.norm", { width, epsilon, bias: normBias });
  };
}

function blanks(net: Net, read: string, settings: Settings, { vocabulary, width }: ModernSizes): void {
  // A file that has a table for the decoder is believed, whatever its settings say.
  const isTied = settings.flag("tie_word_embeddings", true) && !net.has("decoder.weight");
  const table = net.weight(isTied ? "embeddings.tok_embeddings.weight" : "decoder.weight", [vocabulary, width]);
  const bias = net.has("decoder.bias") ? net.weight("decoder.bias", [vocabulary]) : null;
  net.output("logits", projected(net, read, table, bias), ["batch_size", "sequence_length", vocabulary]);
}
