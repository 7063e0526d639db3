/** The attention of one layer: `values` is float [heads, queries, keys]. */
export interface LayerAttention {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly values: Float32Array;
}

/** All heads of a layer as one matrix, float [queries, keys]: their mean, or the largest weight of any head at each place. */
export function aggregateHeads(layer: LayerAttention, kind: "mean" | "maximum"): Float32Array {
  const size = layer.queries * layer.keys;
  if (kind === "maximum") {
    const result = layer.values.slice(0, size);
    for (let i = size; i < layer.heads * size; i++) {
      const value = layer.values[i] ?? 0;
      if (value > (result[i % size] ?? 0)) {
        result[i % size] = value;
      }
    }
    return result;
  }
  const sums = new Float64Array(size);
  const { heads, values } = layer;
  // Four heads at once, added in the order of the heads: the sums are read and written a quarter as often.
  let head = 0;
  for (; head + 3 < heads; head += 4) {
    const [a, b, c, d] = [head * size, (head + 1) * size, (head + 2) * size, (head + 3) * size];
    for (let i = 0; i < size; i++) {
      sums[i] =
        (sums[i] ?? 0) + (values[a + i] ?? 0) + (values[b + i] ?? 0) + (values[c + i] ?? 0) + (values[d + i] ?? 0);
    }
  }
  for (; head < heads; head++) {
    const offset = head * size;
    for (let i = 0; i < size; i++) {
      sums[i] = (sums[i] ?? 0) + (values[offset + i] ?? 0);
    }
  }
  const means = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    means[i] = (sums[i] ?? 0) / layer.heads;
  }
  return means;
}

/** The largest weights of several layers' aggregates, place by place, or their mean; all [queries, keys]. */
export function aggregateLayers(layers: readonly Float32Array[], kind: "mean" | "maximum"): Float32Array {
  const size = layers[0]?.length ?? 0;
  const values = new Float32Array(layers.length * size);
  for (const [index, layer] of layers.entries()) {
    values.set(layer, index * size);
  }
  return aggregateHeads({ heads: layers.length, queries: 1, keys: size, values }, kind);
}

/**
 * Raw attention as scores, one per key: how much the token at `query`, or the mean of `all` tokens, looks at each token in one layer, in head `head` or
 * (`null`) in the mean over heads. Read the token that the classifier reads: often query 0, the last one in causal models.
 */
export function attentionScores(layer: LayerAttention, queries: readonly number[], head: number | null): Float64Array {
  const heads = head === null ? Array.from({ length: layer.heads }, (_, index) => index) : [head];
  const scores = new Float64Array(layer.keys);
  for (const each of heads) {
    for (const row of queries) {
      const offset = (each * layer.queries + row) * layer.keys;
      for (let key = 0; key < layer.keys; key++) {
        scores[key] = (scores[key] ?? 0) + (layer.values[offset + key] ?? 0) / (heads.length * queries.length);
      }
    }
  }
  return scores;
}
