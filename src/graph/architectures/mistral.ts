import type { Architecture } from "./architecture";
import { decoderHead } from "./causalHeads";
import { llamaSizes, llamaStates } from "./llamaForm";
import { ropeOf } from "./rope";

/** Mistral (Jiang et al. 2023): Llama with a window in every layer. */
export const mistral: Architecture = {
  prefix: "model.",
  heads: ["next", "classes", "everyToken", "spans", "states"],
  write(net, settings, head) {
    const sizes = llamaSizes(settings);
    const { width, vocabulary, tied } = sizes;
    const rope = ropeOf(settings, { ...sizes, base: settings.number("rope_theta", 10_000) });
    const layer = { rope, view: { window: settings.optional("sliding_window") } };
    const { states, texts } = llamaStates(net, { sizes, layer: () => layer });
    const labels = { name: "score", bias: true };
    decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "embed_tokens", tied, labels });
  },
};
