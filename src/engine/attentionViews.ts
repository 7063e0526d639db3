import type { AttentionOverview, HeadFigures, HeadMatrix } from "../common/engineProtocol";
import { aggregateHeads, aggregateLayers, type LayerAttention } from "../methods/attentionScores";
import { headFigures } from "../methods/headFigures";
import type { Pacer } from "../methods/pacer";
import { Rollout } from "../methods/rollout";

/** Thumbnails are at most this many cells wide and high. */
export const thumbnailSide = 32;

/** All heads at thumbnail size: a text longer than {@link thumbnailSide} is max-pooled, so that single strong weights stay visible. */
export async function makeOverview(
  layers: readonly LayerAttention[],
  special: readonly boolean[],
  pacer: Pacer,
): Promise<AttentionOverview> {
  const heads = layers[0]?.heads ?? 0;
  const tokens = layers[0]?.queries ?? 0;
  const side = Math.min(thumbnailSide, tokens);
  const thumbnails = new Uint8Array(layers.length * heads * side * side);
  const maximum = new Float32Array(layers.length * heads);
  const figures: HeadFigures[] = [];
  for (const [layer, attention] of layers.entries()) {
    for (let head = 0; head < heads; head++) {
      const index = layer * heads + head;
      const pooled = poolHead(attention, head, side);
      const largest = pooled.reduce((most, value) => Math.max(most, value), 0);
      maximum[index] = largest;
      for (let cell = 0; cell < pooled.length; cell++) {
        thumbnails[index * side * side + cell] = largest > 0 ? Math.round(((pooled[cell] ?? 0) / largest) * 255) : 0;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    figures.push(...headFigures(attention, layer, special));
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { layers: layers.length, heads, side, thumbnails, maximum, figures };
}

/** The largest weight in each cell of a `side` × `side` grid over a head's matrix. */
function poolHead(attention: LayerAttention, head: number, side: number): Float32Array {
  const { queries, keys, values } = attention;
  const pooled = new Float32Array(side * side);
  const columnOf = Int32Array.from({ length: keys }, (_, key) => Math.floor((key * side) / keys));
  for (let query = 0; query < queries; query++) {
    const row = Math.floor((query * side) / queries) * side;
    const offset = (head * queries + query) * keys;
    for (let key = 0; key < keys; key++) {
      const cell = row + (columnOf[key] ?? 0);
      const value = values[offset + key] ?? 0;
      if (value > (pooled[cell] ?? 0)) {
        pooled[cell] = value;
      }
    }
  }
  return pooled;
}

/** One head's matrix, copied out of its layer. */
export function headMatrix(attention: LayerAttention, head: number): HeadMatrix {
  const { queries, keys, values } = attention;
  const size = queries * keys;
  return { queries, keys, values: values.slice(head * size, (head + 1) * size) };
}

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
