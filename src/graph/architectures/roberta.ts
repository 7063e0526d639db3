import { activations } from "./activations";
import type { Architecture, Head } from "./architecture";
import { paddingMask } from "./attention";
import { pooled } from "./bert";
import { type BertSizes, bertSizes, embedded, encoder } from "./bertLike";
import { blanksHead, encoderHead } from "./heads";
import type { Net } from "./net";
import { positionsAfterPadding } from "./positions";
import type { Settings } from "./settings";

/** RoBERTa (Liu et al. 2019), and XLM-R and CamemBERT, which are other weights of it: BERT with positions that count from the padding's number, and one kind of text. */
export const roberta: Architecture = {
  prefix: "roberta.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = bertSizes(settings);
    const axes = ["batch_size", "sequence_length"];
    const ids = net.input("input_ids", axes);
    const mask = paddingMask(net, net.input("attention_mask", axes));
    const positions = positionsAfterPadding(net, ids, settings.index("pad_token_id", 1));
    const start = embedded(net, { ids, types: net.integer(0), positions }, sizes);
    robertaHead(net, head, encoder(net, start, mask, sizes), settings, sizes);
  },
};

/** Writes a head as RoBERTa has it, on the states of the last layer. */
export function robertaHead(
  net: Net,
  head: Head,
  states: string,
  settings: Settings,
  { width, vocabulary, epsilon }: Pick<BertSizes, "width" | "vocabulary" | "epsilon">,
): void {
  encoderHead(net, head, states, {
    width,
    settings,
    pooled: (own, all) => pooled(own, all, "classifier.dense", width),
    classifier: "classifier.out_proj",
    blanks: (own, all) =>
      blanksHead(own, all, settings, {
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
}
