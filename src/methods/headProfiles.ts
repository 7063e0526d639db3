import type { HeadProfile } from "../common/look";
import type { LayerAttention } from "./attentionScores";
import { headFigures } from "./headFigures";

/** Where steps of distance begin, in tokens: each power of two, so that texts of different length have the same steps. */
export function distanceSteps(tokens: number): number[] {
  const steps = [0];
  for (let from = 1; from < tokens; from *= 2) {
    steps.push(from);
  }
  return steps;
}

/** Where steps of attention weights begin. */
export const weightSteps: readonly number[] = [0, 0.01, 0.1, 0.5];

/** Figures of every head of a layer, with how its attention falls off with distance and over how small weights it is spread, each a mean over the queries. */
export function headProfiles(attention: LayerAttention, layer: number, special: readonly boolean[]): HeadProfile[] {
  const { queries, keys, values } = attention;
  const distances = distanceSteps(Math.max(queries, keys));
  return headFigures(attention, layer, special).map((figures) => {
    const byDistance = distances.map(() => 0);
    const byWeight = weightSteps.map(() => 0);
    for (let query = 0; query < queries; query++) {
      const offset = (figures.head * queries + query) * keys;
      for (let key = 0; key < keys; key++) {
        const weight = values[offset + key] ?? 0;
        const distance = Math.abs(query - key);
        const near = distance === 0 ? 0 : 1 + Math.floor(Math.log2(distance));
        const step = weightSteps.findLastIndex((from) => weight >= from);
        byDistance[near] = (byDistance[near] ?? 0) + weight / queries;
        byWeight[step] = (byWeight[step] ?? 0) + weight / queries;
      }
    }
    return { ...figures, byDistance, byWeight };
  });
}
