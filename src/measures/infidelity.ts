import { deviation, meanValue } from "../common/moments";
import { SeededRandom } from "../methods/maths/random";
import { hidingRows, type Measure } from "./measure";

const draws = 64;
const stream = 211;

/**
 * Infidelity (Yeh et al. 2019, definition 2.1) under binary masks: the mean over drawn masks of (β Σ_hidden score − (f(x) − f(hidden)))², f being the target's own value and β the
 * factor that fits the scores best, so that scores on any scale can be compared, as `captum` does with `normalize`. How many features a mask hides is uniform from one to all.
 */
export const infidelity: Measure = {
  planned: () => draws + 1,
  async run({ target, scores }, { seed, signal, onProgress }) {
    const { features } = target;
    const hides = drawnMasks(features, seed);
    const { logit } = await target.evaluate(hidingRows(features, hides), signal, onProgress);
    const [whole = Number.NaN, ...hidden] = logit;
    const said = hides.map((list) => list.reduce((sum, feature) => sum + (scores[feature] ?? 0), 0));
    const squares = infidelities(
      said,
      hidden.map((value) => whole - value),
    );
    const spread = deviation(squares) / Math.sqrt(draws);
    return { value: meanValue(squares), spread, curve: null, scale: "none" };
  },
};

/** The squared differences between what changes and what scores say of it, times the factor that makes their mean smallest; a factor of 1 where they say nothing. */
export function infidelities(said: readonly number[], changes: readonly number[]): number[] {
  const products = said.reduce((sum, value, at) => sum + value * (changes[at] ?? 0), 0);
  const squares = said.reduce((sum, value) => sum + value * value, 0);
  const factor = squares === 0 ? 1 : products / squares;
  return said.map((value, at) => (factor * value - (changes[at] ?? 0)) ** 2);
}

/** Lists of features to hide; how many is uniform from one to all of them. */
function drawnMasks(features: number, seed: number): number[][] {
  const random = SeededRandom.fromSeed(seed, stream);
  return Array.from({ length: draws }, () => {
    const order = Array.from({ length: features }, (_, feature) => feature);
    const size = 1 + random.below(features);
    random.shuffle(order, size);
    return order.slice(0, size);
  });
}
