import type { InsideTarget } from "../../../src/methods/inside";

/** What a method sees inside a model that has only the given parts. */
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
    zeroValues: none,
    withMaps: none,
    ...parts,
  };
}
