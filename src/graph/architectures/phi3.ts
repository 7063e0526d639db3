import type { Architecture } from "./architecture";
import { decoderHead } from "./causalHeads";
import { llamaSizes, llamaStates } from "./llamaForm";
import { ropeOf } from "./rope";

/** Phi-3 (Abdin et al. 2024): Llama with queries, keys and values in one linear map, and heads that may be turned in part. */
export const phi3: Architecture = {
  prefix: "model.",
  heads: ["next", "classes", "everyToken", "states"],
  write(net, settings, head) {
    settings.only({ attention_bias: false, mlp_bias: false, lm_head_bias: false });
    settings.only({ interpolate_factor: 1, full_attn_mod: 1 });
    // Code that came with the first checkpoints, and does what is written here.
    settings.ignore("auto_map", "embd_pdrop", "resid_pdrop");
    const sizes = llamaSizes(settings, { epsilon: 1e-5 });
    const { width, vocabulary, tied } = sizes;
    const rope = ropeOf(settings, {
      ...sizes,
      base: settings.number("rope_theta", 10_000),
      part: settings.number("partial_rotary_factor", 1),
      trained: settings.size("original_max_position_embeddings", 4096),
      kinds: { default: "default", longrope: "longrope", su: "longrope", yarn: "longrope" },
    });
    const layer = { rope, view: { window: settings.optional("sliding_window") } };
    const { states, texts } = llamaStates(net, { sizes, isPacked: true, layer: () => layer });
    const labels = { name: "score", bias: true };
    decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "embed_tokens", tied, labels });
  },
};
