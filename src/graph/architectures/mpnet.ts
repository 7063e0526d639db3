import type { Architecture } from "./architecture";
import { paddingMask } from "./attention";
import { bertSizes } from "./bertLike";
import { distanceBias } from "./distanceBias";
import { embedding, layerNorm } from "./layers";
import { positionsAfterPadding } from "./positions";
import { type BlockNames, postNormBlock } from "./postNorm";
import { robertaHead } from "./roberta";

/** How distances are told apart, and the token that is padding for positions, whatever settings say. */
const [buckets, padding] = [{ count: 32, furthest: 128, bothWays: true }, 1];

/** MPNet (Song et al. 2020): an encoder in BERT's form whose scores get a bias by distance, without kinds of texts. */
export const mpnet: Architecture = {
  prefix: "mpnet.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = bertSizes(settings);
    const { width, vocabulary, positions, epsilon, heads, layers } = sizes;
    const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
    const mask = paddingMask(net, net.input("attention_mask", ["batch_size", "sequence_length"]));
    settings.only({ relative_attention_num_buckets: buckets.count });
    const bias = distanceBias(net, ids, "encoder.relative_attention_bias", { buckets, heads });
    const words = embedding(net, ids, "embeddings.word_embeddings", [vocabulary, width]);
    const places = positionsAfterPadding(net, ids, padding);
    const place = embedding(net, places, "embeddings.position_embeddings", [positions, width]);
    let states = layerNorm(net, net.add("Add", [words, place]), "embeddings.LayerNorm", { width, epsilon });
    const scores = net.add("Add", [bias, mask]);
    for (let layer = 0; layer < layers; layer++) {
      states = postNormBlock(net, states, namesOf(layer), sizes, scores);
    }
    robertaHead(net, head, states, settings, sizes);
  },
};

function namesOf(layer: number): BlockNames {
  const name = `encoder.layer.${layer}`;
  return {
    query: `${name}.attention.attn.q`,
    key: `${name}.attention.attn.k`,
    value: `${name}.attention.attn.v`,
    joined: `${name}.attention.attn.o`,
    attentionNorm: `${name}.attention.LayerNorm`,
    grown: `${name}.intermediate.dense`,
    shrunk: `${name}.output.dense`,
    norm: `${name}.output.LayerNorm`,
  };
}
