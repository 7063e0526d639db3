import type { HeadFigures } from "../common/look";
import type { LayerAttention } from "./attentionScores";

/**
 * Figures of every head of a layer, each a mean over all queries: entropy of the row in bits, |query − key| weighted by attention, and the
 * share of attention on special tokens. `special` has one entry per key.
 */
export function headFigures(attention: LayerAttention, layer: number, special: readonly boolean[]): HeadFigures[] {
  const { heads, queries, keys, values } = attention;
  const figures: HeadFigures[] = [];
  for (let head = 0; head < heads; head++) {
    let entropy = 0;
    let distance = 0;
    let specialMass = 0;
    for (let query = 0; query < queries; query++) {
      const offset = (head * queries + query) * keys;
      for (let key = 0; key < keys; key++) {
        const weight = values[offset + key] ?? 0;
        if (weight > 0) {
          entropy -= weight * Math.log2(weight);
          distance += weight * Math.abs(query - key);
          specialMass += special[key] ? weight : 0;
        }
      }
    }
    const rows = Math.max(queries, 1);
    figures.push({
      layer,
      head,
      entropy: entropy / rows,
      meanDistance: distance / rows,
      specialMass: specialMass / rows,
    });
  }
  return figures;
}
