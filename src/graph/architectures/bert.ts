import type { Architecture } from "./architecture";
import { type BertSizes, bertSizes, embedded, encoder, pairInputs } from "./bertLike";
import { blanksHead, encoderHead } from "./heads";
import { firstToken, linear } from "./layers";
import type { Net } from "./net";
import type { Settings } from "./settings";

/** BERT (Devlin et al. 2019): an encoder with learned positions whose norms come after each sum. */
export const bert: Architecture = {
  prefix: "bert.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = bertSizes(settings);
    settings.ignore("directionality", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers");
    settings.ignore("pooler_size_per_head", "pooler_type");
    const inputs = pairInputs(net);
    const { width } = sizes;
    encoderHead(net, head, encoder(net, embedded(net, inputs, sizes), inputs.mask, sizes), {
      width,
      settings,
      pooled: (own, states) => pooled(own, states, "pooler.dense", width),
      blanks: (own, states) => blanks(own, states, settings, sizes),
    });
  },
};

/** tanh of a linear map of the first token's state. */
export function pooled(net: Net, states: string, name: string, width: number): string {
  return net.add("Tanh", [linear(net, firstToken(net, states), name, { inputs: width, outputs: width })]);
}

function blanks(net: Net, states: string, settings: Settings, sizes: BertSizes): void {
  const { width, vocabulary, epsilon, activation } = sizes;
  blanksHead(net, states, settings, {
    dense: "cls.predictions.transform.dense",
    norm: "cls.predictions.transform.LayerNorm",
    decoder: "cls.predictions.decoder",
    bias: "cls.predictions.bias",
    table: "embeddings.word_embeddings.weight",
    width,
    inner: width,
    words: vocabulary,
    epsilon,
    activation,
  });
}
