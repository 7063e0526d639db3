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

  /** Adds the next layer, first layer first; `headMean` is [tokens, tokens], the mean over the layer's heads. */
  addLayer(headMean: ArrayLike<number>): void {
    const tokens = this.tokens;
    const product = this.#product;
    const next = new Float64Array(tokens * tokens);
    for (let query = 0; query < tokens; query++) {
      const row = next.subarray(query * tokens, (query + 1) * tokens);
      let total = 1;
      for (let key = 0; key < tokens; key++) {
        total += headMean[query * tokens + key] ?? 0;
      }
      for (let through = 0; through < tokens; through++) {
        const weight = ((headMean[query * tokens + through] ?? 0) + (through === query ? 1 : 0)) / total;
        if (weight === 0) {
          continue;
        }
        const offset = through * tokens;
        for (let key = 0; key < tokens; key++) {
          row[key] = (row[key] ?? 0) + weight * (product[offset + key] ?? 0);
        }
      }
    }
    this.#product = next;
  }

  /** [tokens, tokens]: how much of each query's last state is traced to each input token; rows add up to 1. */
  matrix(): Float64Array {
    return this.#product.slice();
  }

  /** One row of {@link matrix}: query 0 where the first token is read by the classifier (encoders), the last one in causal models. */
  scores(query: number): Float64Array {
    return this.#product.slice(query * this.tokens, (query + 1) * this.tokens);
  }
}
