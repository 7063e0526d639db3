import type { Looker } from "../common/explanation";
import type { LayerAttention } from "./attentionScores";

const kept = 3;

/**
 * Collects, layer by layer, the three strongest looks at each token: (layer, head, query) with the largest weight, leaving out
 * special tokens as queries and a token's look at itself. Ties go to the earlier layer, head and query.
 */
export class LookerCollector {
  readonly #special: readonly boolean[];
  readonly #found: Looker[][];
  /** The weight that a look at each token must exceed; nearly all fall short, so this is all that is read of most. */
  readonly #least: Float32Array;

  /** `special` has one entry per token. */
  constructor(special: readonly boolean[]) {
    this.#special = special;
    this.#found = special.map(() => []);
    this.#least = new Float32Array(special.length);
  }

  /** Adds a layer of self-attention over the same tokens. */
  addLayer(attention: LayerAttention, layer: number): void {
    const { heads, queries, keys, values } = attention;
    const least = this.#least;
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < queries; query++) {
        if (this.#special[query]) {
          continue;
        }
        const offset = (head * queries + query) * keys;
        for (let key = 0; key < keys; key++) {
          const weight = values[offset + key] ?? 0;
          if (weight > (least[key] ?? Number.POSITIVE_INFINITY) && key !== query) {
            this.#insert(key, { layer, head, query, weight });
          }
        }
      }
    }
  }

  #insert(key: number, looker: Looker): void {
    const found = this.#found[key] ?? [];
    const place = found.findIndex(({ weight }) => weight < looker.weight);
    found.splice(place === -1 ? found.length : place, 0, looker);
    found.length = Math.min(found.length, kept);
    this.#least[key] = found[kept - 1]?.weight ?? 0;
  }

  /** For each token its lookers, strongest first. */
  lookers(): readonly (readonly Looker[])[] {
    return this.#found.map((found) => [...found]);
  }
}
