import type { Architecture } from "./architecture";
import { decoderHead } from "./causalHeads";
import { byType, layerTypes } from "./layerTypes";
import { type LlamaForm, type LlamaSizes, llamaSizes, llamaStates } from "./llamaForm";
import { type Rope, ropeIn, ropeOf } from "./rope";
import type { Settings } from "./settings";

/** Gemma 2 (Gemma Team 2024): norms around both parts of a block, soft caps, and a window in every other layer. */
export const gemma2: Architecture = {
  prefix: "model.",
  heads: ["next", "classes", "everyToken", "states"],
  write(net, settings, head) {
    settings.only({ use_bidirectional_attention: false });
    const sizes = gemmaSizes(settings);
    const rope = ropeOf(settings, { ...sizes, base: settings.number("rope_theta", 10_000) });
    const types = layerTypes(settings, sizes.layers, (index) =>
      index % 2 === 0 ? "sliding_attention" : "full_attention",
    );
    const layer = byType(
      types,
      { rope, view: { window: null } },
      { rope, view: { window: settings.size("sliding_window", 4096) } },
    );
    const cap = settings.optional("attn_logit_softcapping") ?? 0;
    write({ net, settings, head }, sizes, { cap, layer });
  },
};

/** Gemma 3 without pictures (Gemma Team 2025): queries and keys of each head are normalised, and layers with windows turn heads in their own way. */
export const gemma3: Architecture = {
  prefix: "model.",
  heads: ["next", "classes", "states"],
  write(net, settings, head) {
    // The library reads it and does not use it.
    settings.only({ attn_logit_softcapping: null });
    const sizes = gemmaSizes(settings);
    const pattern = settings.size(["sliding_window_pattern", "_sliding_window_pattern"], 6);
    const types = layerTypes(settings, sizes.layers, (index) =>
      (index + 1) % pattern === 0 ? "full_attention" : "sliding_attention",
    );
    const bothWays = settings.flag("use_bidirectional_attention", false);
    const given = settings.size("sliding_window", 4096);
    const window = bothWays ? Math.floor(given / 2) + 1 : given;
    const [full, sliding] = ropesOf(settings, sizes);
    const layer = byType(
      types,
      { rope: full, view: { window: null, bothWays } },
      { rope: sliding, view: { window, bothWays } },
    );
    write({ net, settings, head }, sizes, { normsHeads: true, layer });
  },
};

/** How layers that see all tokens turn heads, and those with a window. */
function ropesOf(settings: Settings, sizes: LlamaSizes): readonly [Rope, Rope] {
  const older = settings.inner("rope_scaling");
  const newer = settings.inner("rope_parameters");
  const full = { ...sizes, base: settings.number("rope_theta", 1_000_000) };
  const sliding = { ...sizes, base: settings.number("rope_local_base_freq", 10_000) };
  const ropes = [
    ropeIn(older ?? newer?.inner("full_attention") ?? null, full),
    ropeIn(newer?.inner("sliding_attention") ?? null, sliding),
  ] as const;
  newer?.refuseUnread(new Set());
  return ropes;
}

function gemmaSizes(settings: Settings): LlamaSizes {
  // Words and probabilities of training, and how texts are kept while they are written.
  settings.ignore("cache_implementation", "hidden_act");
  return llamaSizes(settings, { headWidth: 256, tied: true, activation: "gelu_pytorch_tanh" });
}

function write(
  { net, settings, head }: Written,
  sizes: LlamaSizes,
  form: Pick<LlamaForm, "cap" | "normsHeads" | "layer">,
): void {
  const { width, vocabulary, tied } = sizes;
  const bias = settings.flag("attention_bias", false);
  const { states, texts } = llamaStates(net, {
    sizes,
    ...form,
    biases: { queries: bias, output: bias },
    normsResults: true,
    offset: 1,
    scale: 1 / Math.sqrt(settings.number("query_pre_attn_scalar", 256)),
    wordScale: Math.sqrt(width),
  });
  const cap = settings.optional("final_logit_softcapping") ?? 0;
  const labels = { name: "score", bias: true };
  decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "embed_tokens", tied, cap, labels });
}

interface Written {
  readonly net: Parameters<Architecture["write"]>[0];
  readonly settings: Settings;
  readonly head: Parameters<Architecture["write"]>[2];
}
