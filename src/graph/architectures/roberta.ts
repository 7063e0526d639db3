import { activations } from "./activations";
import type { Architecture } from "./architecture";
import { paddingMask } from "./attention";
import { pooled } from "./bert";
import { bertSizes, embedded, encoder } from "./bertLike";
import { blanksHead, encoderHead } from "./heads";
import { positionsAfterPadding } from "./positions";

/** RoBERTa (Liu et al. 2019), and XLM-R and CamemBERT, which are other weights of it: BERT with positions that count from the padding's number, and one kind of text. */
export const roberta: Architecture = {
  prefix: "roberta.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = bertSizes(settings);
    const { width, vocabulary, epsilon } = sizes;
    const axes = ["batch_size", "sequence_length"];
    const ids = net.input("input_ids", axes);
    const mask = paddingMask(net, net.input("attention_mask", axes));
    const positions = positionsAfterPadding(net, ids, settings.index("pad_token_id", 1));
    const start = embedded(net, { ids, types: net.integer(0), positions }, sizes);
    encoderHead(net, head, encoder(net, start, mask, sizes), {
      width,
      settings,
      pooled: (own, states) => pooled(own, states, "classifier.dense", width),
      classifier: "classifier.out_proj",
      blanks: (own, states) =>
        blanksHead(own, states, settings, {
          dense: "lm_head.dense",
          norm: "lm_head.layer_norm",
          decoder: "lm_head.decoder",
          bias: "lm_head.bias",
          table: "embeddings.word_embeddings.weight",
          width,
          inner: width,
          words: vocabulary,
          epsilon,
          activation: activations.gelu,
        }),
    });
  },
};
