import { meanValue } from "../common/moments";
import { hiddenValues, type Measure, scaleOf, strongestFirst } from "./measure";

const steps = 20;

/**
 * The mean of p over twenty steps, in which ever more of the strongest features are hidden, or shown while all others are: the area under the deletion or insertion curve
 * (Petsiuk et al. 2018). `hides` says what is hidden, given all features, strongest first, and how many are the strongest. Its curve begins with none of them.
 */
export function areaMeasure(hides: (strongestFirst: readonly number[], strongest: number) => number[]): Measure {
  return {
    planned: () => steps + 2,
    async run({ target, scores }, run) {
      const order = strongestFirst(scores);
      const x = Array.from({ length: steps + 1 }, (_, step) => step / steps);
      const rows = x.map((share) => hides(order, Math.round(share * order.length)));
      const [, ...y] = await hiddenValues(target, rows, run);
      return { value: meanValue(y.slice(1)), spread: null, curve: { x, y }, scale: scaleOf(target) };
    },
  };
}
