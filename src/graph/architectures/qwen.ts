import type { Architecture } from "./architecture";
import { decoderHead } from "./causalHeads";
import { byType, layerTypes } from "./layerTypes";
import { type LlamaForm, llamaSizes, llamaStates } from "./llamaForm";
import { corruptSettings } from "./refusals";
import { ropeOf } from "./rope";
import type { Settings } from "./settings";

/** Qwen2 (Yang et al. 2024): Llama with biases of queries, keys and values, and windows in upper layers. */
export const qwen2 = qwen({}, () => ({ biases: { queries: true } }));

/** Qwen3 (Yang et al. 2025): queries and keys of each head are normalised. */
export const qwen3 = qwen({ headWidth: 128 }, (settings) => {
  const bias = settings.flag("attention_bias", false);
  return { normsHeads: true, biases: { queries: bias, output: bias } };
});

function qwen(
  usual: { readonly headWidth?: number },
  differs: (settings: Settings) => Pick<LlamaForm, "biases" | "normsHeads">,
): Architecture {
  return {
    prefix: "model.",
    spansPrefix: "transformer.",
    heads: ["next", "classes", "everyToken", "spans", "states"],
    write(net, settings, head) {
      settings.only({ use_mrope: false });
      const sizes = llamaSizes(settings, usual);
      const { width, vocabulary, tied } = sizes;
      const rope = ropeOf(settings, { ...sizes, base: settings.number("rope_theta", 10_000) });
      const { states, texts } = llamaStates(net, {
        sizes,
        ...differs(settings),
        layer: layersOf(settings, sizes, rope),
      });
      const labels = { name: "score", bias: true };
      decoderHead(net, settings, head, { states, texts, width, vocabulary, words: "embed_tokens", tied, labels });
    },
  };
}

function layersOf(
  settings: Settings,
  { layers }: LlamaForm["sizes"],
  rope: ReturnType<typeof ropeOf>,
): LlamaForm["layer"] {
  const isUsed = settings.flag("use_sliding_window", false);
  const given = settings.optional("sliding_window");
  const window = isUsed ? given : null;
  const first = settings.number("max_window_layers", 28);
  const types = layerTypes(settings, layers, (index) =>
    window !== null && index >= first ? "sliding_attention" : "full_attention",
  );
  if (window === null && types.includes("sliding_attention")) {
    throw corruptSettings("layer_types has windows, but their size is missing");
  }
  return byType(types, { rope, view: { window: null } }, { rope, view: { window } });
}
