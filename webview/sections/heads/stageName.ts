import type { AttentionStage, Explanation } from "../../../src/common/explanation";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";

const words: { readonly [K in AttentionStage["part"]]: (strings: PanelStrings) => string } = {
  encoder: (strings) => strings.encoderLayer,
  decoder: (strings) => strings.decoderLayer,
  cross: (strings) => strings.crossLayer,
};

/** Which part of an encoder and a decoder a layer of attention is of, with its number there; `null` where a model has one stream, and for no layer. */
export function stageName(
  { attention }: Pick<Explanation, "attention">,
  layer: number | null,
  strings: PanelStrings,
): string | null {
  const stage = layer === null ? undefined : attention?.stages?.[layer];
  return stage ? fill(words[stage.part](strings), stage.layer + 1) : null;
}
