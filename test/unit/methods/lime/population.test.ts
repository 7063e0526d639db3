import { describe, expect, it } from "vitest";
import { folds } from "../../../../src/methods/lime/folds";
import { LimitFit } from "../../../../src/methods/lime/kernel";
import { Population } from "../../../../src/methods/lime/population";
import type { Surrogate } from "../../../../src/methods/lime/surrogate";
import { numberLink } from "../../../../src/methods/link";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Pacer } from "../../../../src/methods/pacer";

const features = 24;
const patterns = 32;
const effects = Float64Array.from({ length: features }, (_, i) => Math.sin(3 * i) / (1 + i));

/** Half of each effect is a single feature's; the other half is said by windows, of which only the feature in the middle counts. */
function halfWindows(): Surrogate {
  const windows = Float64Array.from({ length: features * patterns }, (_, at) => {
    const middle = ((at % patterns) >>> 2) & 1;
    return middle * 0.5 * (effects[Math.floor(at / patterns)] ?? 0);
  });
  return { constant: 0.7, single: effects.map((value) => value / 2), pair: null, windows, bumps: null };
}

describe("the fit of surrogates over a population that is drawn", () => {
  it("finds a linear function exactly, whether single features or windows say it", async () => {
    const fit = new LimitFit(features);
    const population = new Population(fit, SeededRandom.fromSeed(2, 0), numberLink);
    const surrogates = new Array<Surrogate>(folds).fill(halfWindows());
    const shares = new Float64Array((features + 1) * folds).fill(1 / folds);
    const pacer = new Pacer(new AbortController().signal);
    const { coefficients, mean, variances } = await population.fit(surrogates, surrogates, shares, 0.2, pacer);
    for (const [i, effect] of effects.entries()) {
      // Coefficients are those of keeping a feature.
      expect(coefficients[i]).toBeCloseTo(-effect, 3);
      expect(variances[i]).toBeLessThan(1e-8);
    }
    const all = effects.reduce((sum, effect) => sum + effect, 0);
    expect(mean).toBeCloseTo(0.7 + fit.dropShare * all, 3);
  });
});
