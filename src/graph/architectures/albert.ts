import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { pooled } from "./bert";
import { type BertSizes, bertSizes, embedded, pairInputs } from "./bertLike";
import { blanksHead, encoderHead } from "./heads";
import { linear } from "./layers";
import type { Net } from "./net";
import { type BlockNames, postNormBlock } from "./postNorm";
import { corruptSettings } from "./refusals";
import type { Settings } from "./settings";

/** ALBERT (Lan et al. 2020): BERT whose layers share their weights in groups, and whose embeddings are narrower than its states. */
export const albert: Architecture = {
  prefix: "albert.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const activation = activationOf(settings, "hidden_act", "gelu_new");
    const sizes = { ...bertSizes(settings), activation };
    settings.ignore("classifier_dropout_prob", "down_scale_factor", "gap_size", "net_structure_type");
    settings.ignore("num_memory_blocks");
    const { width, vocabulary, epsilon } = sizes;
    const narrow = settings.size("embedding_size", 128);
    const inputs = pairInputs(net);
    const start = embedded(net, inputs, { ...sizes, width: narrow });
    const mapped = linear(net, start, "encoder.embedding_hidden_mapping_in", { inputs: narrow, outputs: width });
    encoderHead(net, head, blocks(net, mapped, inputs.mask, sizes, settings), {
      width,
      settings,
      pooled: (own, states) => pooled(own, states, "pooler", width),
      blanks: (own, states) =>
        blanksHead(own, states, settings, {
          dense: "predictions.dense",
          norm: "predictions.LayerNorm",
          decoder: "predictions.decoder",
          bias: "predictions.bias",
          table: "embeddings.word_embeddings.weight",
          width,
          inner: narrow,
          words: vocabulary,
          epsilon,
          activation,
        }),
    });
  },
};

/** Each layer is one of the groups, which are walked through evenly; a group is some blocks. */
function blocks(net: Net, start: string, mask: string, sizes: BertSizes, settings: Settings): string {
  const { layers } = sizes;
  const groups = settings.size("num_hidden_groups", 1);
  const inGroup = settings.size("inner_group_num", 1);
  if (groups > layers || inGroup * layers > 1024) {
    throw corruptSettings("num_hidden_groups or inner_group_num is no sensible number");
  }
  let states = start;
  for (let layer = 0; layer < layers; layer++) {
    const group = Math.trunc(layer / (layers / groups));
    for (let block = 0; block < inGroup; block++) {
      states = postNormBlock(net, states, namesOf(group, block), sizes, mask);
    }
  }
  return states;
}

function namesOf(group: number, block: number): BlockNames {
  const name = `encoder.albert_layer_groups.${group}.albert_layers.${block}`;
  return {
    query: `${name}.attention.query`,
    key: `${name}.attention.key`,
    value: `${name}.attention.value`,
    joined: `${name}.attention.dense`,
    attentionNorm: `${name}.attention.LayerNorm`,
    grown: `${name}.ffn`,
    shrunk: `${name}.ffn_output`,
    norm: `${name}.full_layer_layer_norm`,
  };
}
