import type { Link } from "../link";
import type { Pacer } from "../pacer";
import type { SubsetDesign } from "./design";
import { folds } from "./folds";
import type { LimitFit } from "./kernel";
import type { Strata } from "./strata";
import type { Surrogate } from "./surrogate";
import { SurrogateWalk } from "./surrogateWalk";
import { wantedAt } from "./wanted";

/** Values of the surrogate at which errors are worked out; between them they are interpolated. */
const gridPoints = 201;
/** Nodes of the normal distribution of errors, over so many standard deviations on both sides. */
const nodes = 41;
const reach = 4;
/** Rows are alike when the surrogate's values on them are this near, in standard deviations of these values. */
const bandwidth = 0.3;
/** As many average rows are added to those alike. */
const borrowed = 10;

/** Where surrogates were held against rows they had not seen, and what the masks of a population are to be foreseen with. */
export interface Foresight {
  readonly fit: LimitFit;
  readonly design: SubsetDesign;
  readonly strata: Strata;
  readonly link: Link;
  /** Feature orders; chain c follows fold c mod {@link folds}. */
  readonly chains: readonly Int32Array[];
  /** Surrogates of the log-odds and linear ones of the probability, one a fold, and the share of the former in the estimate. */
  readonly surrogates: readonly Surrogate[];
  readonly lines: readonly Surrogate[];
  readonly share: number;
  /** Per row of the design the surrogate's value, and by how much the refined one is off; entry 0 is the whole text and does not count. */
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** Values on masks along chains, float [chains, features], and how much rows of each size are wanted on average. */
interface ChainValues {
  readonly curved: Float64Array;
  readonly straight: Float64Array;
  readonly wanted: Float64Array;
}

/**
 * The variances of the fit of residuals as they are to be expected from how far off surrogates are in log-odds, which shows on every row, also where the
 * probability is 0 or 1: an error there is carried to the probability by the link, squared, and summed over masks of the population with the weights
 * that rows of the design have. The sum over the rows themselves knows nothing of rare masks on which the probability is neither.
 */
export async function foreseenVariances(foresight: Foresight, pacer: Pacer): Promise<Float64Array> {
  const { fit, design, strata, link, chains, share } = foresight;
  const { features, masses } = fit;
  const { curved, straight, wanted } = await chainValues(foresight, pacer);
  const squaredError = errorTable(foresight, curved);
  await pacer.rest();
  const { even, guided } = design.planned();
  const dropped = new Float64Array(features);
  let kept = 0;
  for (const [c, chain] of chains.entries()) {
    // A feature is dropped from its own step of the chain on, so its sum is the tail over steps.
    let tail = 0;
    for (let step = features - 1; step >= 0; step--) {
      const size = step + 1;
      const value = curved[c * features + step] ?? 0;
      const bend = (1 - share) * (link.of(value) - (straight[c * features + step] ?? 0));
      const { rows, available } = strata.list[strata.ofSize[size] ?? 0] ?? { rows: 0, available: 1 };
      const expected = (even[size] ?? 0) + ((guided[size] ?? 0) * wantedAt(value, link)) / (wanted[size] || 1);
      const weight = (masses[size] ?? 0) ** 2 / Math.max(expected, 1e-9) / chains.length;
      const amount = (1 - rows / available) * weight * (squaredError(value) + bend * bend);
      const influence = fit.influence(size);
      kept += amount * influence.kept ** 2;
      tail += amount * (influence.dropped ** 2 - influence.kept ** 2);
      const feature = chain[step] ?? 0;
      dropped[feature] = (dropped[feature] ?? 0) + tail;
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return dropped.map((value) => Math.max(0, kept + value));
}

async function chainValues({ link, chains, surrogates, lines, fit }: Foresight, pacer: Pacer): Promise<ChainValues> {
  const { features } = fit;
  const curved = new Float64Array(chains.length * features);
  const straight = new Float64Array(chains.length * features);
  const wanted = new Float64Array(features + 1);
  const curves = surrogates.map((surrogate) => new SurrogateWalk(surrogate));
  const slopes = lines.map((line) => new SurrogateWalk(line));
  for (const [c, chain] of chains.entries()) {
    const [curve, line] = [curves[c % folds], slopes[c % folds]];
    if (!curve || !line) {
      continue;
    }
    curve.restart();
    line.restart();
    for (const [step, feature] of chain.entries()) {
      curve.change(feature, 1);
      line.change(feature, 1);
      curved[c * features + step] = curve.value;
      straight[c * features + step] = line.value;
      wanted[step + 1] = (wanted[step + 1] ?? 0) + wantedAt(curve.value, link) / chains.length;
    }
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { curved, straight, wanted };
}

/** The mean squared error in what is explained, as a function of the surrogate's value over the range of `range`. */
function errorTable({ link, values, errors }: Foresight, range: Float64Array): (value: number) => number {
  const low = range.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = range.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const step = (high - low) / (gridPoints - 1) || 1;
  const spread = localErrors(values.subarray(1), errors.subarray(1));
  const roots = Float64Array.from({ length: gridPoints }, (_, point) => {
    const value = low + point * step;
    const deviation = spread(value);
    const here = link.of(value);
    let [sum, total] = [0, 0];
    for (let node = 0; node < nodes; node++) {
      const z = reach * ((2 * node) / (nodes - 1) - 1);
      const density = Math.exp(-0.5 * z * z);
      total += density;
      sum += density * (link.of(value + deviation * z) - here) ** 2;
    }
    return Math.sqrt(sum / total);
  });
  return (value) => {
    const place = (value - low) / step;
    const point = Math.min(gridPoints - 2, Math.floor(place));
    const root = (roots[point] ?? 0) + (place - point) * ((roots[point + 1] ?? 0) - (roots[point] ?? 0));
    return root * root;
  };
}

/** Root mean square errors of rows on which the surrogate's value is near the one asked for. */
function localErrors(values: Float64Array, errors: Float64Array): (value: number) => number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const all = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
  const width = bandwidth * Math.sqrt(variance) || 1;
  return (value) => {
    let weight = borrowed;
    let squares = borrowed * all;
    for (let r = 0; r < values.length; r++) {
      const near = Math.exp(-0.5 * (((values[r] ?? 0) - value) / width) ** 2);
      weight += near;
      squares += near * (errors[r] ?? 0) ** 2;
    }
    return Math.sqrt(squares / weight);
  };
}
