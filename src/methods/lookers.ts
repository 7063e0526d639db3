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

  /** `special` has one entry per token. */
  constructor(special: readonly boolean[]) {
    this.#special = special;
    this.#found = special.map(() => []);
  }

  /** Adds a layer of self-attention over the same tokens. */
  addLayer(attention: LayerAttention, layer: number): void {
    const { heads, queries, keys, values } = attention;
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < queries; query++) {
        if (this.#special[query]) {
          continue;
        }
        const offset = (head * queries + query) * keys;
        for (let key = 0; key < keys; key++) {
          const weight = values[offset + key] ?? 0;
          const found = this.#found[key];
          if (key === query || weight <= 0 || !found) {
            continue;
          }
          const weakest = found[kept - 1];
          if (weakest && weakest.weight >= weight) {
            continue;
          }
          const place = found.findIndex((looker) => looker.weight < weight);
          found.splice(place === -1 ? found.length : place, 0, { layer, head, query, weight });
          found.length = Math.min(found.length, kept);
        }
      }
    }
  }

  /** For each token its lookers, strongest first. */
  lookers(): readonly (readonly Looker[])[] {
    return this.#found.map((found) => [...found]);
  }
}
