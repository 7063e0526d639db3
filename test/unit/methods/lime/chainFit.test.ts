import { describe, expect, it } from "vitest";
import { chainVariances, fitChains, restSlope } from "../../../../src/methods/lime/chainFit";
import { SubsetDesign } from "../../../../src/methods/lime/design";
import { EvaluatedRows, estimateLime } from "../../../../src/methods/lime/estimate";
import { folds } from "../../../../src/methods/lime/folds";
import { LimitFit } from "../../../../src/methods/lime/kernel";
import { Population } from "../../../../src/methods/lime/population";
import { probabilityLink } from "../../../../src/methods/link";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Pacer } from "../../../../src/methods/pacer";

const pacer = new Pacer(new AbortController().signal);

function normals(count: number, scale: number, random: SeededRandom): Float64Array {
  return Float64Array.from({ length: count }, () => scale * random.normal());
}

/** Chains in random order, every fold at the masses of the kernel, and weighted values of a function of how much has been dropped. */
function chainsOf(features: number, count: number, random: SeededRandom) {
  const fit = new LimitFit(features);
  const chains = Array.from({ length: count }, () => {
    const order = Int32Array.from({ length: features }, (_, index) => index);
    random.shuffle(order);
    return order;
  });
  const weights = Float64Array.from({ length: folds * features }, (_, at) => fit.masses[(at % features) + 1] ?? 0);
  const valuesOf = (value: (sum: number) => number, single: Float64Array) => {
    const values = new Float64Array(count * features);
    for (const [c, chain] of chains.entries()) {
      let sum = 0;
      for (const [step, feature] of chain.entries()) {
        sum += single[feature] ?? 0;
        values[c * features + step] = (weights[step] ?? 0) * value(sum);
      }
    }
    return values;
  };
  return { fit, masks: { chains, weights }, valuesOf };
}

describe("least squares over chains of masks", () => {
  it.each([
    [20, 64],
    [80, 128],
    [300, 400],
  ])("finds a linear function of %d features exactly on %d chains", async (features, count) => {
    const random = SeededRandom.fromSeed(features);
    const { fit, masks, valuesOf } = chainsOf(features, count, random);
    const single = normals(features, 1, random);
    const values = valuesOf((sum) => 0.7 - sum, single);
    const found = await fitChains(fit, masks, values, pacer);
    expect(found.whole).toBeCloseTo(0.7, 3);
    for (const [i, value] of found.coefficients.entries()) {
      expect(value).toBeCloseTo(single[i] ?? 0, 3);
    }
    const variances = await chainVariances(fit, masks, values, found, pacer);
    expect(Math.max(...variances)).toBeLessThan(1e-6);
  });

  it("knows by how much one function moves with another", async () => {
    const random = SeededRandom.fromSeed(3);
    const { fit, masks, valuesOf } = chainsOf(30, 64, random);
    const single = normals(30, 0.5, random);
    const [left, right] = [
      valuesOf((sum) => 2 + sum + 3 * sum ** 2, single),
      valuesOf((sum) => sum ** 2 - sum, single),
    ];
    const fits = [await fitChains(fit, masks, left, pacer), await fitChains(fit, masks, right, pacer)] as const;
    const slope = await restSlope(masks, { values: left, fit: fits[0] }, { values: right, fit: fits[1] }, pacer);
    expect(slope).toBeCloseTo(3, 3);
  });
});

/** The estimate from 1,000 rows of a probability that is linear in the mask, `spread` in all, but for noise of its own at each row. */
async function estimateOf(features: number, spread: number, noise: number) {
  const random = SeededRandom.fromSeed(5);
  const truth = normals(features, spread / Math.sqrt(features), random);
  const fit = new LimitFit(features);
  const design = new SubsetDesign(features, fit.masses, SeededRandom.fromSeed(1, 2));
  const rows = new EvaluatedRows(features, probabilityLink);
  for (const dropped of [[], ...(await design.extend(999, null, pacer))]) {
    const probability = dropped.reduce((sum, i) => sum - (truth[i] ?? 0), 0.5 + noise * random.normal());
    const kept = Math.min(0.999, Math.max(0.001, probability));
    rows.add(dropped, Math.log(kept / (1 - kept)));
  }
  const population = new Population(fit, SeededRandom.fromSeed(1, 3), probabilityLink);
  const { coefficients, standardErrors } = await estimateLime(rows, design, fit, population, pacer);
  const off = coefficients.map((value, i) => Math.abs(value - (truth[i] ?? 0)));
  const scores = off.map((value, i) => value / (standardErrors[i] ?? 0));
  return {
    worst: Math.max(...off) / Math.max(...truth.map(Math.abs)),
    farthest: Math.max(...scores),
    /** 1 where the standard errors are of the right size. */
    squares: scores.reduce((sum, score) => sum + score * score, 0) / features,
  };
}

describe("the model-assisted estimate of a probability that is linear in the mask", () => {
  it.each([70, 350])("has the coefficients of the function for %d features", async (features) => {
    const { worst, farthest, squares } = await estimateOf(features, 0.3, 0);
    expect(worst).toBeLessThan(0.15);
    // Nothing is left over but the ridge's shrinkage, which is no chance of the rows: such errors are tiny, but larger than their standard errors.
    expect(squares).toBeLessThan(2.5);
    expect(farthest).toBeLessThan(5);
  });

  it.each([100, 350])("has standard errors of the right size with noise, %d features", async (features) => {
    const { farthest, squares } = await estimateOf(features, 0.15, 0.07);
    expect(squares).toBeGreaterThan(0.75);
    expect(squares).toBeLessThan(1.35);
    expect(farthest).toBeLessThan(4.5);
  });
});
