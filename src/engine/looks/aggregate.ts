import type { HeadMatrix } from "../../common/look";
import { aggregateHeads, aggregateLayers, type LayerAttention } from "../../methods/attentionScores";
import { Pacer } from "../../methods/pacer";
import { type LookAnswer, lookedAttention, noSuchHead } from "./look";

/** Answers with several heads as one matrix. */
export const aggregateLook: LookAnswer<"aggregate"> = async ({ by, layer }, question) => {
  const { layers } = await lookedAttention(question);
  const chosen = layer === null ? layers : layers.slice(layer, layer + 1);
  if (chosen.length === 0) {
    throw noSuchHead(layer ?? 0, 0, layers);
  }
  return await aggregateMatrix(chosen, by, new Pacer(question.signal));
};

/** Mean or maximum over the heads of one layer, or (`layer` `null`) of all layers. */
export async function aggregateMatrix(
  layers: readonly LayerAttention[],
  kind: "mean" | "maximum",
  pacer: Pacer,
): Promise<HeadMatrix> {
  const { queries = 0, keys = 0 } = layers[0] ?? {};
  const parts: Float32Array[] = [];
  for (const layer of layers) {
    parts.push(aggregateHeads(layer, kind));
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { queries, keys, values: aggregateLayers(parts, kind) };
}
