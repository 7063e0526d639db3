import { activationOf } from "./activations";
import type { Architecture } from "./architecture";
import { paddingMask } from "./attention";
import { blanksHead, encoderHead } from "./heads";
import { embedding, firstToken, layerNorm, linear, sizeOf } from "./layers";
import type { Net } from "./net";
import { type BlockNames, postNormBlock } from "./postNorm";

/** DistilBERT does not write it down. */
const epsilon = 1e-12;

/** DistilBERT (Sanh et al. 2019): BERT without kinds of texts and without its pooler. */
export const distilbert: Architecture = {
  prefix: "distilbert.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    // Positions that were computed for training are saved as if they were learned.
    settings.ignore("sinusoidal_pos_embds", "tie_weights_", "dropout", "attention_dropout");
    settings.ignore("qa_dropout", "seq_classif_dropout");
    const width = settings.size(["dim", "hidden_size"]);
    const words = settings.size("vocab_size");
    const activation = activationOf(settings, "activation", "gelu");
    const heads = settings.heads(["n_heads", "num_attention_heads"], width);
    const sizes = { width, heads, inner: settings.size("hidden_dim"), epsilon, activation };
    const ids = net.input("input_ids", ["batch_size", "sequence_length"]);
    const mask = paddingMask(net, net.input("attention_mask", ["batch_size", "sequence_length"]));
    const place = embedding(net, net.range(sizeOf(net, ids, 1)), "embeddings.position_embeddings", [
      settings.size("max_position_embeddings"),
      width,
    ]);
    const word = embedding(net, ids, "embeddings.word_embeddings", [words, width]);
    let states = layerNorm(net, net.add("Add", [word, place]), "embeddings.LayerNorm", { width, epsilon });
    const layers = settings.layers(["n_layers", "num_hidden_layers"]);
    for (let layer = 0; layer < layers; layer++) {
      states = postNormBlock(net, states, namesOf(layer), sizes, mask);
    }
    const table = "embeddings.word_embeddings.weight";
    encoderHead(net, head, states, {
      width,
      settings,
      pooled: (own, all) => pooled(own, all, width),
      blanks: (own, all) =>
        blanksHead(own, all, settings, {
          dense: "vocab_transform",
          norm: "vocab_layer_norm",
          decoder: "vocab_projector",
          bias: "vocab_projector.bias",
          table,
          width,
          inner: width,
          words,
          epsilon,
          activation,
        }),
    });
  },
};

function pooled(net: Net, states: string, width: number): string {
  const first = firstToken(net, states);
  return net.add("Relu", [linear(net, first, "pre_classifier", { inputs: width, outputs: width })]);
}

function namesOf(layer: number): BlockNames {
  const name = `transformer.layer.${layer}`;
  return {
    query: `${name}.attention.q_lin`,
    key: `${name}.attention.k_lin`,
    value: `${name}.attention.v_lin`,
    joined: `${name}.attention.out_lin`,
    attentionNorm: `${name}.sa_layer_norm`,
    grown: `${name}.ffn.lin1`,
    shrunk: `${name}.ffn.lin2`,
    norm: `${name}.output_layer_norm`,
  };
}
