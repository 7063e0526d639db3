import { activations } from "./activations";
import type { Architecture } from "./architecture";
import { bertSizes, embedded, encoder, pairInputs } from "./bertLike";
import { blanksHead, encoderHead } from "./heads";
import { firstToken, linear } from "./layers";
import type { Net } from "./net";

/** ELECTRA (Clark et al. 2020): BERT whose embeddings may be narrower than its states. */
export const electra: Architecture = {
  prefix: "electra.",
  heads: ["states", "classes", "everyToken", "spans", "blanks"],
  write(net, settings, head) {
    const sizes = bertSizes(settings);
    settings.ignore("summary_activation", "summary_last_dropout", "summary_type", "summary_use_proj");
    const { width, vocabulary, epsilon } = sizes;
    const narrow = settings.size("embedding_size", width);
    const inputs = pairInputs(net);
    const start = embedded(net, inputs, { ...sizes, width: narrow });
    const widened =
      narrow === width ? start : linear(net, start, "embeddings_project", { inputs: narrow, outputs: width });
    encoderHead(net, head, encoder(net, widened, inputs.mask, sizes), {
      width,
      settings,
      pooled: (own, states) => pooled(own, states, width),
      classifier: "classifier.out_proj",
      blanks: (own, states) =>
        blanksHead(own, states, settings, {
          dense: "generator_predictions.dense",
          norm: "generator_predictions.LayerNorm",
          decoder: "generator_lm_head",
          bias: "generator_lm_head.bias",
          table: "embeddings.word_embeddings.weight",
          width,
          inner: narrow,
          words: vocabulary,
          epsilon,
          activation: activations.gelu,
        }),
    });
  },
};

function pooled(net: Net, states: string, width: number): string {
  const first = firstToken(net, states);
  return activations.gelu(net, linear(net, first, "classifier.dense", { inputs: width, outputs: width }));
}
