import { meanValue } from "../common/moments";
import { hiddenValues, type Measure, scaleOf, strongestFirst } from "./measure";

/** Shares of the strongest features, as DeYoung et al. 2020 (ERASER) take them. */
const eraserShares = [0.01, 0.05, 0.1, 0.2, 0.5] as const;

/**
 * The mean over the shares q of p(whole) − p(rows), where `hides` says what is hidden, given all features, strongest first, and how many are the
 * strongest: ⌈q·n⌉, at least one (the area over the perturbation curve, AOPC, of DeYoung et al. 2020). Its curve has the difference at each share.
 */
export function eraserMeasure(hides: (strongestFirst: readonly number[], strongest: number) => number[]): Measure {
  return {
    planned: () => eraserShares.length + 1,
    async run({ target, scores }, run) {
      const order = strongestFirst(scores);
      // Not by way of rounding errors: a tenth of thirty features is three.
      const rows = eraserShares.map((share) => hides(order, Math.ceil(share * order.length - 1e-9)));
      const [whole, ...hidden] = await hiddenValues(target, rows, run);
      const differences = hidden.map((value) => whole - value);
      return {
        value: meanValue(differences),
        spread: null,
        curve: { x: eraserShares, y: differences },
        scale: scaleOf(target),
      };
    },
  };
}
