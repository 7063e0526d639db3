import { activationOf } from "./activations";
import { paddingMask } from "./attention";
import { layerNorm, linear, projected, sizeOf } from "./layers";
import type { Net } from "./net";
import { attention, causalMask, firstOf, pairInputs } from "./pairs";
import type { Settings } from "./settings";
import { sinusoids } from "./sinusoids";

/** What models in the form of BART differ in. */
export interface BartForm {
  /** Whether each part is of normalised states, rather than normalised after its sum; then the last states are normalised too. */
  readonly normsBefore: boolean;
  readonly normsWords: boolean;
  /** Whether places are learned, rather than waves. */
  readonly learnsPlaces: boolean;
}

/** A model in the form of BART: its form, and its sizes as config.json has them. */
export interface BartSizes extends BartForm {
  readonly vocabulary: number;
  readonly outputVocabulary: number;
  /** Whether texts and outputs are of the same words. */
  readonly sharesWords: boolean;
  readonly positions: number;
  readonly width: number;
  readonly encoder: Stack;
  readonly decoder: Stack;
  readonly scale: number;
  readonly activation: (net: Net, x: string) => string;
  /** Whether words are predicted with the table that looks them up. */
  readonly tied: boolean;
}

interface Stack {
  readonly name: "encoder" | "decoder";
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
}

/** Reads the sizes of a model in a form. Throws what {@link Settings} throws. */
export function bartSizes(settings: Settings, form: BartForm): BartSizes {
  // What old files say of the form that their class has in any case.
  settings.only({
    normalize_before: form.normsBefore,
    normalize_embedding: form.normsWords,
    add_final_layer_norm: form.normsBefore,
    static_position_embeddings: !form.learnsPlaces,
    is_decoder: false,
  });
  settings.ignore("add_bias_logits", "extra_pos_embeddings", "num_hidden_layers", "init_std");
  settings.ignore("dropout", "attention_dropout", "activation_dropout", "classif_dropout", "classifier_dropout");
  settings.ignore("encoder_layerdrop", "decoder_layerdrop");
  const width = settings.size("d_model");
  const vocabulary = settings.size("vocab_size");
  const stack = (name: Stack["name"]): Stack => {
    const heads = settings.heads(`${name}_attention_heads`, width);
    const layers = settings.layers(`${name}_layers`);
    return { name, layers, heads, inner: settings.size(`${name}_ffn_dim`) };
  };
  return {
    ...form,
    vocabulary,
    outputVocabulary: vocabulary,
    sharesWords: true,
    positions: settings.size("max_position_embeddings"),
    width,
    encoder: stack("encoder"),
    decoder: stack("decoder"),
    scale: settings.flag("scale_embedding", false) ? Math.sqrt(width) : 1,
    activation: activationOf(settings, "activation_function", "gelu"),
    tied: settings.flag("tie_word_embeddings", true),
  };
}

/** A model that writes: adds the output `logits` [batch, output tokens, vocabulary]. */
export function bartWrites(net: Net, sizes: BartSizes): void {
  const { ids, mask, outputIds } = pairInputs(net);
  const padding = paddingMask(net, mask);
  const states = bartDecoder(net, outputIds, { states: bartEncoder(net, ids, padding, sizes), mask: padding }, sizes);
  const { outputVocabulary: count, width, tied } = sizes;
  const table = firstOf(net, "lm_head.weight", ...(tied ? tablesOf("decoder", sizes) : []));
  const logits = projected(net, states, net.weight(table, [count, width]), null);
  const bias = "final_logits_bias";
  // As a vector, so that it is plain that each token has its own logits.
  const moved = net.has(bias)
    ? net.add("Add", [logits, net.add("Squeeze", [net.weight(bias, [1, count]), net.integers(0)])])
    : logits;
  net.output("logits", moved, ["batch_size", "decoder_sequence_length", count]);
}

/** The states of a text: [batch, tokens, width]. */
export function bartEncoder(net: Net, ids: string, mask: string, sizes: BartSizes): string {
  const stack = sizes.encoder;
  let states = words(net, ids, stack, sizes);
  for (let layer = 0; layer < stack.layers; layer++) {
    const own: Block = { name: `encoder.layers.${layer}`, stack, sizes };
    states = part(net, states, `${own.name}.self_attn_layer_norm`, sizes, (x) =>
      attends(net, x, x, "self_attn", mask, own),
    );
    states = part(net, states, `${own.name}.final_layer_norm`, sizes, (x) => enlarged(net, x, own));
  }
  return last(net, states, stack, sizes);
}

/** What an encoder leaves of a text, and what is added to scores of its tokens. */
export interface TextRead {
  readonly states: string;
  readonly mask: string;
}

/** The states of an output so far: [batch, tokens, width]. */
export function bartDecoder(net: Net, ids: string, text: TextRead, sizes: BartSizes): string {
  const stack = sizes.decoder;
  const mask = causalMask(net, ids);
  let states = words(net, ids, stack, sizes);
  for (let layer = 0; layer < stack.layers; layer++) {
    const own: Block = { name: `decoder.layers.${layer}`, stack, sizes };
    states = part(net, states, `${own.name}.self_attn_layer_norm`, sizes, (x) =>
      attends(net, x, x, "self_attn", mask, own),
    );
    states = part(net, states, `${own.name}.encoder_attn_layer_norm`, sizes, (x) =>
      attends(net, x, text.states, "encoder_attn", text.mask, own),
    );
    states = part(net, states, `${own.name}.final_layer_norm`, sizes, (x) => enlarged(net, x, own));
  }
  return last(net, states, stack, sizes);
}

/** Names of the table of words that a stack looks up. */
function tablesOf(stack: Stack["name"], { sharesWords }: BartSizes): readonly [string, ...string[]] {
  const own = `${stack}.embed_tokens.weight`;
  return sharesWords ? [own, "shared.weight", "lm_head.weight"] : [own];
}

/** The sum of word and place vectors. */
function words(net: Net, ids: string, { name }: Stack, sizes: BartSizes): string {
  const { width, positions, scale, learnsPlaces, normsWords } = sizes;
  const count = name === "encoder" ? sizes.vocabulary : sizes.outputVocabulary;
  const table = net.weight(firstOf(net, ...tablesOf(name, sizes)), [count, width]);
  const found = net.add("Gather", [table, ids]);
  const scaled = scale === 1 ? found : net.add("Mul", [found, net.float(scale)]);
  const own = `${name}.embed_positions.weight`;
  const places = net.range(sizeOf(net, ids, 1));
  // The first two rows of learned places are left over from padding.
  const place = learnsPlaces
    ? net.add("Gather", [net.weight(own, [positions + 2, width]), net.add("Add", [places, net.integer(2)])])
    : net.add("Gather", [
        net.has(own) ? net.weight(own, [positions, width]) : net.constant(sinusoids(positions, width), own),
        places,
      ]);
  const sum = net.add("Add", [scaled, place]);
  return normsWords ? norm(net, sum, `${name}.layernorm_embedding`, sizes) : sum;
}

/** A part of a block, added to what it reads, with its norm before or after. */
function part(net: Net, x: string, name: string, sizes: BartSizes, make: (x: string) => string): string {
  return sizes.normsBefore
    ? net.add("Add", [x, make(norm(net, x, name, sizes))])
    : norm(net, net.add("Add", [x, make(x)]), name, sizes);
}

interface Block {
  readonly name: string;
  readonly stack: Stack;
  readonly sizes: BartSizes;
}

function attends(net: Net, from: string, to: string, own: string, mask: string, { name, stack, sizes }: Block): string {
  const { width } = sizes;
  const size = width / stack.heads;
  return attention(net, from, to, {
    query: `${name}.${own}.q_proj`,
    key: `${name}.${own}.k_proj`,
    value: `${name}.${own}.v_proj`,
    output: `${name}.${own}.out_proj`,
    heads: stack.heads,
    width,
    size,
    bias: true,
    scale: 1 / Math.sqrt(size),
    mask,
  });
}

function enlarged(net: Net, x: string, { name, stack, sizes }: Block): string {
  const { width, activation } = sizes;
  const grown = activation(net, linear(net, x, `${name}.fc1`, { inputs: width, outputs: stack.inner }));
  return linear(net, grown, `${name}.fc2`, { inputs: stack.inner, outputs: width });
}

function last(net: Net, states: string, { name }: Stack, sizes: BartSizes): string {
  return sizes.normsBefore ? norm(net, states, `${name}.layer_norm`, sizes) : states;
}

function norm(net: Net, x: string, name: string, { width }: BartSizes): string {
  return layerNorm(net, x, name, { width, epsilon: 1e-5 });
}
