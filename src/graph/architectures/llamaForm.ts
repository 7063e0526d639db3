import { repeatHeads } from "../passes/attentionWriting";
import { type ActivationName, activationOf } from "./activations";
import { attend, joinHeads, splitHeads } from "./attention";
import { type ReadTexts, readTexts, type View, viewMask } from "./causal";
import { embedding, type Linear, linear, rmsNorm } from "./layers";
import type { Net } from "./net";
import { corruptSettings } from "./refusals";
import type { Rope } from "./rope";
import { type Angles, anglesOf, turned } from "./rotary";
import type { Settings } from "./settings";

/** Sizes of a model in Llama's form. */
export interface LlamaSizes {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values: each is shared by as many queries. */
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly epsilon: number;
  readonly activation: (net: Net, x: string) => string;
  /** Whether words are predicted with the table that looks them up. */
  readonly tied: boolean;
}

/** What config.json may leave out. */
interface Usual {
  readonly epsilon?: number;
  readonly headWidth?: number;
  readonly tied?: boolean;
  readonly activation?: ActivationName;
}

/** Reads {@link LlamaSizes}; `usual` has what config.json may leave out. */
export function llamaSizes(settings: Settings, usual: Usual = {}): LlamaSizes {
  settings.ignore("attention_dropout");
  const width = settings.size("hidden_size");
  const heads = settings.size("num_attention_heads");
  const keyHeads = settings.size("num_key_value_heads", heads);
  const headWidth = settings.size("head_dim", usual.headWidth ?? Math.max(1, Math.floor(width / heads)));
  if (heads % keyHeads !== 0) {
    throw corruptSettings("num_key_value_heads is no divisor of num_attention_heads");
  }
  return {
    vocabulary: settings.size("vocab_size"),
    positions: settings.size("max_position_embeddings"),
    width,
    layers: settings.layers("num_hidden_layers"),
    heads,
    keyHeads,
    headWidth,
    inner: settings.size("intermediate_size"),
    epsilon: settings.number("rms_norm_eps", usual.epsilon ?? 1e-6),
    activation: activationOf(settings, ["hidden_activation", "hidden_act"], usual.activation ?? "silu"),
    tied: settings.flag("tie_word_embeddings", usual.tied ?? false),
  };
}

/** How a model in Llama's form is made: what differs between families. */
export interface LlamaForm {
  readonly sizes: LlamaSizes;
  /** Which linear maps add something. */
  readonly biases?: { readonly queries?: boolean; readonly output?: boolean; readonly inner?: boolean };
  /** Whether queries, keys and values come from one linear map, and both inner ones too. */
  readonly isPacked?: boolean;
  /** Whether queries and keys of each head are normalised. */
  readonly normsHeads?: boolean;
  /** Whether what attention and the inner maps give is normalised before it is added. */
  readonly normsResults?: boolean;
  /** What is added to the weights of norms. */
  readonly offset?: number;
  /** What scores are multiplied with; 1 / √(width of a head) unless told. */
  readonly scale?: number;
  /** The bound c of scores that are flattened to c · tanh(s / c). */
  readonly cap?: number;
  /** What words' embeddings are multiplied with. */
  readonly wordScale?: number;
  /** How a layer, counted from 0, turns heads, and what its queries see. The same objects for layers that do the same. */
  readonly layer: (index: number) => { readonly rope: Rope; readonly view: View };
}

/** The states of a model in Llama's form (Touvron et al. 2023), and what it read. */
export function llamaStates(net: Net, form: LlamaForm): { readonly states: string; readonly texts: ReadTexts } {
  const { sizes, wordScale = 1 } = form;
  const { vocabulary, width, layers } = sizes;
  const texts = readTexts(net);
  const words = embedding(net, texts.ids, "embed_tokens", [vocabulary, width]);
  const angles = remembered((rope: Rope) => anglesOf(net, texts, rope));
  const masks = remembered((view: View) => viewMask(net, texts, view));
  let states = wordScale === 1 ? words : net.add("Mul", [words, net.float(wordScale)]);
  for (let index = 0; index < layers; index++) {
    const { rope, view } = form.layer(index);
    states = block(net, states, `layers.${index}`, { form, angles: angles(rope), mask: masks(view) });
  }
  return { states: norm(net, states, "norm", form), texts };
}

function remembered<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

interface Layer {
  readonly form: LlamaForm;
  readonly angles: Angles;
  readonly mask: string;
}

/** Norm, attention, sum, norm, gated linear maps, sum. */
function block(net: Net, states: string, name: string, layer: Layer): string {
  const { form } = layer;
  const { normsResults = false } = form;
  const result = (x: string, own: string) => (normsResults ? norm(net, x, `${name}.${own}`, form) : x);
  const context = attention(net, norm(net, states, `${name}.input_layernorm`, form), `${name}.self_attn`, layer);
  const attended = net.add("Add", [states, result(context, "post_attention_layernorm")]);
  const before = normsResults ? "pre_feedforward_layernorm" : "post_attention_layernorm";
  const inner = gated(net, norm(net, attended, `${name}.${before}`, form), `${name}.mlp`, form);
  return net.add("Add", [attended, result(inner, "post_feedforward_layernorm")]);
}

function norm(net: Net, x: string, name: string, { sizes: { width, epsilon }, offset = 0 }: LlamaForm): string {
  return rmsNorm(net, x, name, { width, epsilon, offset });
}

function attention(net: Net, x: string, name: string, { form, angles, mask }: Layer): string {
  const { sizes, normsHeads = false, offset = 0, scale, cap = 0, biases = {} } = form;
  const { width, heads, keyHeads, headWidth, epsilon } = sizes;
  const [query, key, value] = projections(net, x, name, form);
  const placed = (part: string, count: number, own: string) => {
    const apart = splitHeads(net, part, count, headWidth);
    const normed = normsHeads ? rmsNorm(net, apart, `${name}.${own}`, { width: headWidth, epsilon, offset }) : apart;
    return turned(net, normed, angles, headWidth);
  };
  const shared = (part: string) => repeatHeads(net, part, keyHeads, heads);
  const context = attend(net, {
    query: placed(query, heads, "q_norm"),
    key: shared(placed(key, keyHeads, "k_norm")),
    value: shared(splitHeads(net, value, keyHeads, headWidth)),
    scale: scale ?? 1 / Math.sqrt(headWidth),
    mask,
    cap,
  });
  const all = heads * headWidth;
  const output = { inputs: all, outputs: width, bias: biases.output ?? false };
  return linear(net, joinHeads(net, context, all), `${name}.o_proj`, output);
}

/** Queries, keys and values, each [batch, tokens, heads · width]. */
function projections(net: Net, x: string, name: string, form: LlamaForm): readonly [string, string, string] {
  const { sizes, isPacked = false, biases = {} } = form;
  const [queries, keys] = [sizes.heads * sizes.headWidth, sizes.keyHeads * sizes.headWidth];
  const bias = biases.queries ?? false;
  const to = (outputs: number): Linear => ({ inputs: sizes.width, outputs, bias });
  if (isPacked) {
    const together = linear(net, x, `${name}.qkv_proj`, to(queries + 2 * keys));
    const parts = net.several("Split", [together, net.integers(queries, keys, keys)], 3, { axis: 2 });
    return parts as readonly [string, string, string];
  }
  return [
    linear(net, x, `${name}.q_proj`, to(queries)),
    linear(net, x, `${name}.k_proj`, to(keys)),
    linear(net, x, `${name}.v_proj`, to(keys)),
  ];
}

/** W₃(f(W₁x) · W₂x) (Shazeer 2020). */
function gated(net: Net, x: string, name: string, { sizes, isPacked = false, biases = {} }: LlamaForm): string {
  const { width, inner, activation } = sizes;
  const bias = biases.inner ?? false;
  const wide: Linear = { inputs: width, outputs: inner, bias };
  const [gate = "", up = ""] = isPacked
    ? net.several(
        "Split",
        [linear(net, x, `${name}.gate_up_proj`, { ...wide, outputs: 2 * inner }), net.integers(inner, inner)],
        2,
        { axis: 2 },
      )
    : [linear(net, x, `${name}.gate_proj`, wide), linear(net, x, `${name}.up_proj`, wide)];
  const product = net.add("Mul", [activation(net, gate), up]);
  return linear(net, product, `${name}.down_proj`, { inputs: inner, outputs: width, bias });
}
