import type { SeededRandom } from "../maths/random";
import type { Pacer } from "../pacer";
import type { DesignGuide, SubsetDesign } from "./design";
import type { AssistedEstimate, EvaluatedRows } from "./estimate";
import { folds } from "./folds";
import type { LimitFit } from "./kernel";
import type { Surrogate } from "./surrogate";
import { SurrogateWalk, surrogateValue } from "./surrogateWalk";
import { wantedAt } from "./wanted";

/** Orders in which features are dropped to find how much the rows of each size are wanted on average. */
const chains = 400;
/** Sizes as near as this share of the features are taken to err alike. */
const bandwidth = 0.1;
/** As many average rows are added to each size's errors. */
const steadying = 5;
/** The share of the rows that goes by the kernel alone, so that no size is forgotten. */
const unguided = 0.1;

/**
 * Where the next rows tell most (Neyman's allocation): a surrogate of the log-odds errs in the probability by how steeply this follows the log-odds, so rows
 * where p(1 − p) of the fold's surrogate is large are wanted more, and sizes in proportion to weight, influence on the coefficients and errors so far.
 */
export async function designGuide(
  rows: EvaluatedRows,
  design: SubsetDesign,
  { surrogates, residuals }: Pick<AssistedEstimate, "surrogates" | "residuals">,
  fit: LimitFit,
  random: SeededRandom,
  pacer: Pacer,
): Promise<DesignGuide> {
  const { features, masses } = fit;
  const wanted = (dropped: readonly number[], fold: number): number => {
    const surrogate = surrogates[fold];
    return surrogate ? wantedAt(surrogateValue(surrogate, dropped), rows.link) : 1;
  };
  const means = await meansOf(rows, surrogates, random, pacer);
  const errors = new Float64Array(features + 1);
  const predicted = new Float64Array(features + 1);
  for (let r = 1; r < residuals.length; r++) {
    const dropped = rows.dropped[r] ?? [];
    const size = dropped.length;
    errors[size] = (errors[size] ?? 0) + (residuals[r] ?? 0) ** 2;
    predicted[size] = (predicted[size] ?? 0) + wanted(dropped, design.folds[r - 1] ?? 0) ** 2;
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  const allErrors = errors.reduce((sum, value) => sum + value, 0) / (residuals.length - 1);
  const allPredicted = predicted.reduce((sum, value) => sum + value, 0) / (residuals.length - 1);
  const guided = masses.map((mass, size) => {
    let error = steadying * allErrors;
    let expected = steadying * allPredicted;
    for (let other = 1; other <= features; other++) {
      const near = Math.exp(-0.5 * ((other - size) / (bandwidth * features)) ** 2);
      error += near * (errors[other] ?? 0);
      expected += near * (predicted[other] ?? 0);
    }
    const { dropped, kept } = fit.influence(size);
    const influence = (size * dropped * dropped + (features - size) * kept * kept) / features;
    let mean = 0;
    for (let f = 0; f < folds; f++) {
      mean += (means[size * folds + f] ?? 0) / folds;
    }
    return mass * mean * Math.sqrt((influence * error) / expected);
  });
  const total = guided.reduce((sum, value) => sum + value, 0);
  const shares = guided.map((value, size) => {
    const plain = design.shares[size] ?? 0;
    return total > 0 ? ((1 - unguided) * value) / total + unguided * plain : plain;
  });
  return { shares, wanted, means };
}

/** The mean of how much rows of each size are wanted, for each fold's surrogate: [sizes, folds]. */
async function meansOf(
  { features, link }: EvaluatedRows,
  surrogates: readonly Surrogate[],
  random: SeededRandom,
  pacer: Pacer,
): Promise<Float64Array> {
  const means = new Float64Array((features + 1) * folds);
  const order = Int32Array.from({ length: features }, (_, index) => index);
  const walks = surrogates.map((surrogate) => new SurrogateWalk(surrogate));
  for (let c = 0; c < chains; c++) {
    random.shuffle(order);
    for (const [f, walk] of walks.entries()) {
      walk.restart();
      for (let step = 0; step < features; step++) {
        walk.change(order[step] ?? 0, 1);
        const at = (step + 1) * folds + f;
        means[at] = (means[at] ?? 0) + wantedAt(walk.value, link) / chains;
      }
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return means;
}
