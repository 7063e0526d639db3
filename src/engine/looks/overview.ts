import type { AttentionOverview, HeadFigures } from "../../common/look";
import type { LayerAttention } from "../../methods/attentionScores";
import { headFigures } from "../../methods/headFigures";
import { Pacer } from "../../methods/pacer";
import { type LookAnswer, lookedAttention } from "./look";

/** Answers with all heads at a glance. */
export const overviewLook: LookAnswer<"overview"> = async (_look, question) => {
  const { layers } = await lookedAttention(question);
  return await makeOverview(layers, question.source.special, new Pacer(question.signal));
};

/** Thumbnails are at most this many cells wide and high. */
const thumbnailSide = 32;

/** All heads at thumbnail size: a text longer than {@link thumbnailSide} is max-pooled, so that single strong weights stay visible. */
export async function makeOverview(
  layers: readonly LayerAttention[],
  special: readonly boolean[],
  pacer: Pacer,
): Promise<AttentionOverview> {
  const heads = layers.reduce((most, layer) => Math.max(most, layer.heads), 0);
  const tokens = layers[0]?.queries ?? 0;
  const side = Math.min(thumbnailSide, tokens);
  const thumbnails = new Uint8Array(layers.length * heads * side * side);
  const maximum = new Float32Array(layers.length * heads);
  const figures: HeadFigures[] = [];
  for (const [layer, attention] of layers.entries()) {
    for (let head = 0; head < attention.heads; head++) {
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
