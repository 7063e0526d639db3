import { aggregateHeads } from "./attentionScores";
import { addProduct, readWeights } from "./layerProduct";
import type { AttentionMethod } from "./method";

/** Attention rollout through all layers, read at the tokens that the model reads; see {@link rolloutScores}. */
export const rollout: AttentionMethod = {
  asks: "attention",
  observe(tokens, { query }) {
    const means: Float32Array[] = [];
    return {
      addLayer: (layer) => means.push(aggregateHeads(layer, "mean")),
      scored: () => ({ values: rolloutScores(means, tokens, query(tokens)), sum: null, evaluations: 0 }),
    };
  },
};

/**
 * Attention rollout (Abnar and Zuidema 2020, equation 1), fed layer by layer: each layer's head mean plus the identity, rows normalised to 1,
 * multiplied onto what came before, later layers on the left.
 */
export class Rollout {
  readonly tokens: number;
  #product: Float64Array;

  constructor(tokens: number) {
    this.tokens = tokens;
    this.#product = new Float64Array(tokens * tokens);
    for (let i = 0; i < tokens; i++) {
      this.#product[i * tokens + i] = 1;
    }
  }

  /**
   * Adds the next layer, first layer first; `headMean` is [tokens, tokens], the mean over the layer's heads. Work of tokens³ is done in parts, one for each
   * step of the generator, so that the caller can pause between them; the layer counts once all are done.
   */
  *addLayer(headMean: ArrayLike<number>): Generator<void> {
    const { tokens } = this;
    const next = new Float64Array(tokens * tokens);
    const weights = new Float64Array(tokens);
    for (let query = 0; query < tokens; query++) {
      residualRow(headMean, query, weights);
      addProduct(weights, this.#product, next.subarray(query * tokens, (query + 1) * tokens));
      yield;
    }
    this.#product = next;
  }

  /** [tokens, tokens]: how much of each query's last state is traced to each input token; rows add up to 1. */
  matrix(): Float64Array {
    return this.#product.slice();
  }
}

/**
 * One row of the whole rollout, that of `query` or the mean of `all`, from the head means of all layers, first layer first: query 0 where the first token is read by the
 * classifier (encoders), the last one in causal models. Goes back from the last layer, so that each costs tokens² only.
 */
export function rolloutScores(
  headMeans: readonly ArrayLike<number>[],
  tokens: number,
  query: readonly number[],
): Float64Array {
  let scores = readWeights(tokens, query);
  const row = new Float64Array(tokens);
  for (const headMean of headMeans.toReversed()) {
    const before = new Float64Array(tokens);
    for (let through = 0; through < tokens; through++) {
      const share = scores[through] ?? 0;
      residualRow(headMean, through, row);
      for (let key = 0; key < tokens; key++) {
        before[key] = (before[key] ?? 0) + share * (row[key] ?? 0);
      }
    }
    scores = before;
  }
  return scores;
}

/** Writes a row of a layer's head mean plus the identity, normalised to 1, into `row`. */
export function residualRow(headMean: ArrayLike<number>, query: number, row: Float64Array): void {
  const tokens = row.length;
  let total = 1;
  for (let key = 0; key < tokens; key++) {
    const weight = headMean[query * tokens + key] ?? 0;
    row[key] = weight;
    total += weight;
  }
  row[query] = (row[query] ?? 0) + 1;
  for (let key = 0; key < tokens; key++) {
    row[key] = (row[key] ?? 0) / total;
  }
}
