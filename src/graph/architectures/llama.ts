import type { Architecture } from "./architecture";
import { decoderHead } from "./causalHeads";
import { llamaSizes, llamaStates } from "./llamaForm";
import { ropeOf } from "./rope";

/** Llama (Touvron et al. 2023). */
export const llama: Architecture = {
  prefix: "model.",
  spansPrefix: "transformer.",
  heads: ["next", "classes", "everyToken", "spans", "states"],
  write(net, settings, head) {
    // How the weights were spread over machines in training.
    settings.ignore("pretraining_tp", "is_llama_config");
    settings.only({ rope_interleaved: false });
    const sizes = llamaSizes(settings);
    const { width, vocabulary, tied } = sizes;
    const bias = settings.flag("attention_bias", false);
    const rope = ropeOf(settings, { ...sizes, base: settings.number("rope_theta", 10_000) });
    const layer = { rope, view: { window: null } };
    const { states, texts } = llamaStates(net, {
      sizes,
      biases: { queries: bias, output: bias, inner: settings.flag("mlp_bias", false) },
      layer: () => layer,
    });
    const labels = { name: "score", bias: true };
    decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "embed_tokens", tied, labels });
  },
};
