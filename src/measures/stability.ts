import { kendallTau } from "../common/kendall";
import { deviation, meanValue } from "../common/moments";
import type { Circumstance, Compared, Measure, Rerunnable } from "./measure";

/**
 * The mean of Kendall's τ-b of the scores with those under each circumstance that leaves what is explained as it was. `amongThem`: the scores under the circumstances are of the same units, and are
 * compared with each other too.
 */
export function stabilityMeasure(
  circumstances: (method: Rerunnable, seed: number) => readonly Circumstance[],
  amongThem = false,
): Measure {
  return {
    planned: ({ method }) => {
      const count = method ? circumstances(method, 0).length : 0;
      return method && count > 0 ? count * method.cost : null;
    },
    async run({ method }, { seed, onProgress }) {
      const pairs: Compared[] = [];
      const before: (readonly number[])[] = [];
      for (const [done, circumstance] of (method ? circumstances(method, seed) : []).entries()) {
        const compared = (await method?.again(circumstance)) ?? null;
        onProgress?.((done + 1) * (method?.cost ?? 0));
        if (compared) {
          pairs.push(compared, ...before.map((scores): Compared => [scores, compared[1]]));
          before.push(...(amongThem ? [compared[1]] : []));
        }
      }
      const taus = pairs.flatMap(([own, other]) => kendallTau(own, other)?.tau ?? []);
      return taus.length === 0 ? null : { value: meanValue(taus), spread: deviation(taus), curve: null, scale: "none" };
    },
  };
}
