import type { InsideTarget } from "../../../src/methods/inside";
import { plainDistances } from "../../support/distances";

/** What a method sees inside a model that has only the given parts; what is computed of them is computed plainly. */
export function insideTarget(parts: Partial<InsideTarget>): InsideTarget {
  const none = async () => {
    throw new Error("This part is not there.");
  };
  return {
    tokens: 0,
    maps: none,
    states: none,
    gradients: none,
    attended: none,
    distances: plainDistances,
    zeroValues: none,
    withMaps: none,
    ...parts,
  };
}
