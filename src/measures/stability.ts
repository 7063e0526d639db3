import { kendallTau } from "../common/kendall";
import { deviation, meanValue } from "../common/moments";
import type { Circumstance, Measure, Rerunnable } from "./measure";

/** The mean of Kendall's τ-b of the scores with those under each circumstance that leaves what is explained as it was. */
export function stabilityMeasure(
  circumstances: (method: Rerunnable, seed: number) => readonly Circumstance[],
): Measure {
  return {
    planned: ({ method }) => {
      const count = method ? circumstances(method, 0).length : 0;
      return method && count > 0 ? count * method.cost : null;
    },
    async run({ method }, { seed, onProgress }) {
      const taus: number[] = [];
      for (const [done, circumstance] of (method ? circumstances(method, seed) : []).entries()) {
        const compared = (await method?.again(circumstance)) ?? null;
        onProgress?.((done + 1) * (method?.cost ?? 0));
        const found = compared && kendallTau(...compared);
        taus.push(...(found ? [found.tau] : []));
      }
      return taus.length === 0 ? null : { value: meanValue(taus), spread: deviation(taus), curve: null, scale: "none" };
    },
  };
}
