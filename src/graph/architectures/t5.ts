import { type ActivationName, activations } from "./activations";
import type { Architecture, Head } from "./architecture";
import { paddingMask } from "./attention";
import { distanceBias } from "./distanceBias";
import { statesHead } from "./heads";
import { linear, projected, rmsNorm } from "./layers";
import type { Net } from "./net";
import { attention, causalMask, firstOf, pairInputs } from "./pairs";
import type { Buckets } from "./relativeBuckets";
import type { Settings } from "./settings";

/** T5 (Raffel et al. 2020): an encoder and a decoder whose scores get a bias by distance, norms before each part that only scale, and no other bias. */
export const t5: Architecture = family((settings) => {
  // The first models scaled what they compare with the table of words; those of version 1.1 have another table, and say so in this way.
  const isTied = settings.flag("tie_word_embeddings", true);
  return settings.flag("scale_decoder_outputs", isTied);
});

/** mT5 (Xue et al. 2021): T5 1.1, whose states are compared with the table of words as they are. */
export const mt5: Architecture = family((settings) => {
  settings.ignore("tie_word_embeddings");
  settings.only({ scale_decoder_outputs: false });
  return false;
});

function family(scales: (settings: Settings) => boolean): Architecture {
  return {
    prefix: "transformer.",
    heads: ["encoded", "written"],
    write(net, settings, head) {
      const isScaled = scales(settings);
      write(net, sizesOf(settings), head, isScaled);
    },
  };
}

interface T5Sizes {
  readonly vocabulary: number;
  readonly width: number;
  /** Of a head. */
  readonly size: number;
  readonly heads: number;
  readonly inner: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly epsilon: number;
  readonly buckets: Omit<Buckets, "bothWays">;
  /** Whether the inner layer is multiplied by another linear map of the same. */
  readonly isGated: boolean;
  readonly activation: (net: Net, x: string) => string;
}

const plain = Object.keys(activations) as ActivationName[];
const gated = plain.map((name) => `gated-${name}` as const);

function sizesOf(settings: Settings): T5Sizes {
  settings.only({ is_decoder: false });
  settings.ignore("dropout_rate", "n_positions", "dense_act_fn", "is_gated_act");
  const layers = settings.layers("num_layers");
  const form = settings.choice("feed_forward_proj", [...plain, ...gated], "relu");
  // By its plain name the approximation is meant.
  const activation = form === "gated-gelu" ? "gelu_new" : (form.replace("gated-", "") as ActivationName);
  return {
    vocabulary: settings.size("vocab_size"),
    width: settings.size("d_model"),
    size: settings.size("d_kv"),
    heads: settings.size("num_heads"),
    inner: settings.size("d_ff"),
    encoderLayers: layers,
    decoderLayers: settings.layers("num_decoder_layers", layers),
    epsilon: settings.number("layer_norm_epsilon", 1e-6),
    buckets: {
      count: settings.size("relative_attention_num_buckets", 32),
      furthest: settings.size("relative_attention_max_distance", 128),
    },
    isGated: form.startsWith("gated-"),
    activation: activations[activation],
  };
}

function write(net: Net, sizes: T5Sizes, head: Head, isScaled: boolean): void {
  const { width, vocabulary } = sizes;
  if (head === "encoded") {
    const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
    const mask = net.input("attention_mask", ["batch_size", "sequence_length"]);
    statesHead(net, encoder(net, ids, paddingMask(net, mask), sizes), width);
    return;
  }
  const { ids, mask, outputIds } = pairInputs(net);
  const padding = paddingMask(net, mask);
  const states = decoder(net, outputIds, { states: encoder(net, ids, padding, sizes), mask: padding }, sizes);
  const scaled = isScaled ? net.add("Mul", [states, net.float(1 / Math.sqrt(width))]) : states;
  const table = net.weight(firstOf(net, "lm_head.weight", ...tablesOf("decoder")), [vocabulary, width]);
  net.output("logits", projected(net, scaled, table, null), ["batch_size", "decoder_sequence_length", vocabulary]);
}

function encoder(net: Net, ids: string, mask: string, sizes: T5Sizes): string {
  const name = "encoder";
  const bias = net.add("Add", [stackBias(net, ids, name, sizes), mask]);
  let states = words(net, ids, name, sizes);
  for (let layer = 0; layer < sizes.encoderLayers; layer++) {
    const block = `${name}.block.${layer}.layer`;
    states = attended(net, states, states, `${block}.0`, { part: "SelfAttention", mask: bias, sizes });
    states = enlarged(net, states, `${block}.1`, sizes);
  }
  return rmsNorm(net, states, `${name}.final_layer_norm`, sizes);
}

/** What the encoder leaves of a text, and what is added to scores of its tokens. */
interface TextRead {
  readonly states: string;
  readonly mask: string;
}

function decoder(net: Net, ids: string, text: TextRead, sizes: T5Sizes): string {
  const name = "decoder";
  const bias = net.add("Add", [stackBias(net, ids, name, sizes), causalMask(net, ids)]);
  let states = words(net, ids, name, sizes);
  for (let layer = 0; layer < sizes.decoderLayers; layer++) {
    const block = `${name}.block.${layer}.layer`;
    states = attended(net, states, states, `${block}.0`, { part: "SelfAttention", mask: bias, sizes });
    states = attended(net, states, text.states, `${block}.1`, { part: "EncDecAttention", mask: text.mask, sizes });
    states = enlarged(net, states, `${block}.2`, sizes);
  }
  return rmsNorm(net, states, `${name}.final_layer_norm`, sizes);
}

/** Names of the table of words, which encoder and decoder share. */
const tablesOf = (stack: string) => [`${stack}.embed_tokens.weight`, "shared.weight", "lm_head.weight"] as const;

function words(net: Net, ids: string, stack: string, { vocabulary, width }: T5Sizes): string {
  const table = net.weight(firstOf(net, ...tablesOf(stack)), [vocabulary, width]);
  return net.add("Gather", [table, ids]);
}

/** What a stack's first layer learned to add to scores, by the distance of query and key: [1, heads, tokens, tokens]. */
function stackBias(net: Net, ids: string, stack: string, { buckets, heads }: T5Sizes): string {
  const name = `${stack}.block.0.layer.0.SelfAttention.relative_attention_bias`;
  return distanceBias(net, ids, name, { buckets: { ...buckets, bothWays: stack === "encoder" }, heads });
}

/** Attention of normalised states, added to them. */
function attended(
  net: Net,
  states: string,
  to: string,
  name: string,
  { part, mask, sizes }: { readonly part: string; readonly mask: string; readonly sizes: T5Sizes },
): string {
  const { heads, width, size } = sizes;
  const normed = rmsNorm(net, states, `${name}.layer_norm`, sizes);
  const [query, key, value, output] = ["q", "k", "v", "o"].map((own) => `${name}.${part}.${own}`) as Four;
  const of = { query, key, value, output, heads, width, size, mask, bias: false, scale: 1 };
  return net.add("Add", [states, attention(net, normed, to === states ? normed : to, of)]);
}

type Four = [string, string, string, string];

/** The inner layer of normalised states, added to them. */
function enlarged(net: Net, states: string, name: string, sizes: T5Sizes): string {
  const { width, inner, isGated, activation } = sizes;
  const part = `${name}.DenseReluDense`;
  const normed = rmsNorm(net, states, `${name}.layer_norm`, sizes);
  const grow = (own: string) => linear(net, normed, `${part}.${own}`, { inputs: width, outputs: inner, bias: false });
  const grown = isGated ? net.add("Mul", [activation(net, grow("wi_0")), grow("wi_1")]) : activation(net, grow("wi"));
  return net.add("Add", [states, linear(net, grown, `${part}.wo`, { inputs: inner, outputs: width, bias: false })]);
}
