import { SeededRandom } from "./maths/random";

const stream = 101;

/** One score per feature, uniform in [−1, 1) and blind to the model: what no information looks like beside the other methods. */
export function randomScores(features: number, seed: number): Float64Array {
  const random = SeededRandom.fromSeed(seed, stream);
  return Float64Array.from({ length: features }, () => 2 * random.uniform() - 1);
}
