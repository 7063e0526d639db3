import type { AttentionMap } from "../graph/attention";
import type { LayerAttention } from "../methods/attentionScores";
import type { Row } from "./batcher";
import { outputStart } from "./fedWords";

/** A map as a run gives it: [1, heads, queries, keys] of its own stream, or from one stream to the other. */
export interface RawMap {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * A map over all positions of a row: where only some look at some, as those of the output at those of the text, all others are 0. `null` where its shape is another than that
 * of its place in a model that reads text and output apart (`readsOutput`) or as one.
 */
export function overRow(
  { kind, stream }: Pick<AttentionMap, "kind" | "stream">,
  { dims, data }: RawMap,
  row: Row,
  readsOutput: boolean,
): LayerAttention | null {
  const length = row.ids.length;
  const from = outputStart([row]);
  const text = { start: 0, size: from };
  const output = readsOutput ? { start: from, size: length - from } : text;
  const asking = stream === "encoder" ? text : output;
  const asked = kind === "cross" ? text : asking;
  const [batch, heads, queries, keys] = dims;
  if (batch !== 1 || !heads || queries !== asking.size || keys !== asked.size) {
    return null;
  }
  if (queries === length && keys === length) {
    return { heads, queries, keys, values: data };
  }
  const values = new Float32Array(heads * length * length);
  for (let line = 0; line < heads * queries; line++) {
    const place = Math.floor(line / queries) * length + asking.start + (line % queries);
    values.set(data.subarray(line * keys, (line + 1) * keys), place * length + asked.start);
  }
  return { heads, queries: length, keys: length, values };
}
