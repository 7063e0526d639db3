import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { joinHeads, lowest, splitHeads, weigh } from "./attention";
import { type BertSizes, bertSizes } from "./bertLike";
import { convolved } from "./convolved";
import { disentangledScores, type Relative, relativeOf } from "./disentangled";
import { blanksHead, encoderHead } from "./heads";
import { embedding, firstToken, layerNorm, linear, sizeOf } from "./layers";
import type { Net } from "./net";
import { afterHeads, type BlockNames } from "./postNorm";
import type { Settings } from "./settings";

/** DeBERTa 2 and 3 (He et al. 2021, 2023): an encoder in BERT's form whose scores are sums of content and of places relative to each other. */
export const debertaV2: Architecture = {
  prefix: "deberta.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = bertSizes(settings, { types: 0 });
    settings.ignore("pooler_dropout", "cls_dropout", "legacy");
    const { width, layers } = sizes;
    const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
    const mask = net.input("attention_mask", ["batch_size", "sequence_length"]);
    const hidden = hiddenKeys(net, mask);
    const start = embeddings(net, ids, settings, sizes);
    const relative = relativeOf(net, ids, settings, sizes);
    const kernel = settings.number("conv_kernel_size", 0);
    const convolution = kernel > 0 ? { kernel, activation: activationOf(settings, "conv_act", "tanh") } : null;
    settings.only({ conv_groups: 1 });
    let states = start;
    for (let layer = 0; layer < layers; layer++) {
      states = block(net, states, layer, { sizes, relative, hidden });
      states = layer === 0 && convolution ? convolved(net, { start, states, mask }, sizes, convolution) : states;
    }
    const pooler = activationOf(settings, "pooler_hidden_act", "gelu");
    settings.only({ pooler_hidden_size: width });
    encoderHead(net, head, states, {
      width,
      settings,
      pooled: (own, all) =>
        pooler(own, linear(own, firstToken(own, all), "pooler.dense", { inputs: width, outputs: width })),
      blanks: (own, all) => blanks(own, all, settings, sizes),
    });
  },
};

/** Which keys are padding: bool [batch, 1, 1, tokens]. */
function hiddenKeys(net: Net, mask: string): string {
  return net.add("Equal", [net.add("Unsqueeze", [mask, net.integers(1, 2)]), net.integer(0)]);
}

/** Words and, where the model has them, places and kinds of texts; widened where they are narrower than the states, and normalised. */
function embeddings(net: Net, ids: string, settings: Settings, sizes: BertSizes): string {
  const { width, vocabulary, positions, types, epsilon } = sizes;
  const narrow = settings.size("embedding_size", width);
  let sum = embedding(net, ids, "embeddings.word_embeddings", [vocabulary, narrow]);
  if (settings.flag("position_biased_input", true)) {
    const places = net.range(sizeOf(net, ids, 1));
    sum = net.add("Add", [sum, embedding(net, places, "embeddings.position_embeddings", [positions, narrow])]);
  }
  if (types > 0) {
    const kinds = net.input("token_type_ids", ["batch_size", "sequence_length"]);
    sum = net.add("Add", [sum, embedding(net, kinds, "embeddings.token_type_embeddings", [types, narrow])]);
  }
  const widened =
    narrow === width ? sum : linear(net, sum, "embeddings.embed_proj", { inputs: narrow, outputs: width, bias: false });
  return layerNorm(net, widened, "embeddings.LayerNorm", { width, epsilon });
}

/** What all blocks read beside the states. */
interface Shared {
  readonly sizes: BertSizes;
  readonly relative: Relative | null;
  readonly hidden: string;
}

function block(net: Net, states: string, layer: number, { sizes, relative, hidden }: Shared): string {
  const { width, heads } = sizes;
  const names = namesOf(layer);
  const [query = "", key = "", value = ""] = [names.query, names.key, names.value].map((name) =>
    splitHeads(net, linear(net, states, name, { inputs: width, outputs: width }), heads, width / heads),
  );
  const scores = disentangledScores(net, { query, key, names }, relative, sizes);
  const seen = net.add("Where", [hidden, net.float(lowest), scores]);
  return afterHeads(net, states, joinHeads(net, weigh(net, seen, value), width), names, sizes);
}

function namesOf(layer: number): BlockNames & { readonly place: string; readonly placeQuery: string } {
  const name = `encoder.layer.${layer}`;
  return {
    query: `${name}.attention.self.query_proj`,
    key: `${name}.attention.self.key_proj`,
    value: `${name}.attention.self.value_proj`,
    place: `${name}.attention.self.pos_key_proj`,
    placeQuery: `${name}.attention.self.pos_query_proj`,
    joined: `${name}.attention.output.dense`,
    attentionNorm: `${name}.attention.output.LayerNorm`,
    grown: `${name}.intermediate.dense`,
    shrunk: `${name}.output.dense`,
    norm: `${name}.output.LayerNorm`,
  };
}

/** The first models have a head like BERT's; those that say that they are none of these multiply with the table of words itself. */
function blanks(net: Net, states: string, settings: Settings, sizes: BertSizes): void {
  const { width, vocabulary, epsilon, activation } = sizes;
  const isFirst = settings.flag("legacy", true);
  const name = isFirst ? "cls.predictions" : "lm_predictions.lm_head";
  blanksHead(net, states, settings, {
    dense: isFirst ? `${name}.transform.dense` : `${name}.dense`,
    norm: isFirst ? `${name}.transform.LayerNorm` : `${name}.LayerNorm`,
    decoder: `${name}.decoder`,
    bias: `${name}.bias`,
    table: "embeddings.word_embeddings.weight",
    width,
    inner: isFirst ? settings.size("embedding_size", width) : width,
    words: vocabulary,
    epsilon,
    activation,
  });
}
