import { SeededRandom } from "./maths/random";
import type { MaskedMethod } from "./method";

const stream = 101;

/** One score per token, blind to the model: what no information looks like beside the other methods. */
export const random: MaskedMethod = {
  asks: "masked",
  of: "text",
  hides: "nothing",
  features: () => "token",
  planned: () => 0,
  run: async ({ features }, _, { seed }) => ({ values: randomScores(features, seed), sum: null, evaluations: 0 }),
  summary: (_, { request: { seed } }) => ({ parameters: { seed } }),
};

/** So many scores, uniform in [−1, 1). */
export function randomScores(features: number, seed: number): Float64Array {
  const numbers = SeededRandom.fromSeed(seed, stream);
  return Float64Array.from({ length: features }, () => 2 * numbers.uniform() - 1);
}
