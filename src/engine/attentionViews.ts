import type { HeadMatrix } from "../common/look";
import { aggregateHeads, type LayerAttention } from "../methods/attentionScores";
import type { Pacer } from "../methods/pacer";
import { Rollout } from "../methods/rollout";

/** Rollout through the layers given, first layer first. */
export async function rolloutMatrix(layers: readonly LayerAttention[], pacer: Pacer): Promise<HeadMatrix> {
  const tokens = layers[0]?.queries ?? 0;
  const rollout = new Rollout(tokens);
  for (const layer of layers) {
    for (const _ of rollout.addLayer(aggregateHeads(layer, "mean"))) {
      if (pacer.due()) {
        await pacer.rest();
      }
    }
  }
  return { queries: tokens, keys: tokens, values: Float32Array.from(rollout.matrix()) };
}

/** Whether no query looks at a later key in any head: a model that reads from left to right only. */
export function isCausal(layers: readonly LayerAttention[]): boolean {
  return (
    layers.length > 0 &&
    layers.every(({ heads, queries, keys, values }) => {
      for (let row = 0; row < heads * queries; row++) {
        for (let key = (row % queries) + 1; key < keys; key++) {
          if ((values[row * keys + key] ?? 0) !== 0) {
            return false;
          }
        }
      }
      return queries > 1;
    })
  );
}
