import type { Pacer } from "../pacer";
import { folds } from "./folds";
import type { LimitFit } from "./kernel";

/** Steps that make no more than this share of the first one end the search. */
const enough = 1e-4;
const mostSteps = 30;

/** Masks along chains that drop one feature after the other; chain c follows fold c mod {@link folds}, and as many chains as folds are a block. */
interface ChainMasks {
  /** Feature orders, block by block. */
  readonly chains: readonly Int32Array[];
  /** The weight of each step of a chain that follows one fold: [folds, steps]; in all about 1 a chain. */
  readonly weights: Float64Array;
}

/** A linear function of the mask: its value on the whole text less the coefficients of what is dropped. */
export interface LinearFit {
  readonly whole: number;
  readonly coefficients: Float64Array;
}

/** Sums over masks, a chain: of a function, and of it where each feature is dropped. */
interface Moments {
  readonly all: number;
  readonly dropped: Float64Array;
}

/**
 * Weighted least squares of `values` (already times their weights, float [chains, features]) on the masks of chains. First and second moments are taken
 * over the same masks, so that a linear function is found exactly however few these are; conjugate gradients, preconditioned by LIME's limit.
 */
export async function fitChains(
  fit: LimitFit,
  masks: ChainMasks,
  values: Float64Array,
  pacer: Pacer,
): Promise<LinearFit> {
  const { features } = fit;
  // From the mean on, so that a constant is found to the last digit.
  let solution: LinearFit = { whole: meanOf(masks, values), coefficients: new Float64Array(features) };
  let rest = await restMoments(masks, values, solution, pacer);
  let towards = limitFit(fit, rest);
  let direction = towards;
  let length = product(rest, towards);
  const goal = length * enough * enough;
  for (let step = 0; step < mostSteps && length > goal; step++) {
    const image = await restMoments(masks, null, direction, pacer);
    const curvature = -product(image, direction);
    if (!(curvature > 0)) {
      break;
    }
    const size = length / curvature;
    solution = combined(solution, direction, size);
    rest = {
      all: rest.all + size * image.all,
      dropped: rest.dropped.map((value, i) => value + size * (image.dropped[i] ?? 0)),
    };
    towards = limitFit(fit, rest);
    const next = product(rest, towards);
    direction = combined(towards, direction, next / length);
    length = next;
  }
  return solution;
}

/** Squared standard errors of the coefficients of a fit, from how the blocks of chains differ in what the fit leaves over. */
export async function chainVariances(
  fit: LimitFit,
  masks: ChainMasks,
  values: Float64Array,
  linear: LinearFit,
  pacer: Pacer,
): Promise<Float64Array> {
  const { chains, weights } = masks;
  const { features } = fit;
  const blocks = chains.length / folds;
  const sum = new Float64Array(features);
  const squares = new Float64Array(features);
  for (let block = 0; block < blocks; block++) {
    const first = block * folds;
    const own = { chains: chains.slice(first, first + folds), weights };
    const part = values.subarray(first * features, (first + folds) * features);
    const { coefficients } = limitFit(fit, await restMoments(own, part, linear, pacer));
    for (const [i, value] of coefficients.entries()) {
      sum[i] = (sum[i] ?? 0) + value;
      squares[i] = (squares[i] ?? 0) + value * value;
    }
  }
  return squares.map((value, i) => Math.max(0, value - (sum[i] ?? 0) ** 2 / blocks) / (blocks * (blocks - 1)));
}

/** Weighted values on the masks of chains, float [chains, features], and their linear fit. */
interface FittedValues {
  readonly values: Float64Array;
  readonly fit: LinearFit;
}

/** By how much one function moves with another where neither is linear in the mask. */
export async function restSlope(
  { chains, weights }: ChainMasks,
  left: FittedValues,
  right: FittedValues,
  pacer: Pacer,
): Promise<number> {
  let both = 0;
  let squares = 0;
  for (const [c, chain] of chains.entries()) {
    let value = left.fit.whole;
    let other = right.fit.whole;
    for (const [step, feature] of chain.entries()) {
      value -= left.fit.coefficients[feature] ?? 0;
      other -= right.fit.coefficients[feature] ?? 0;
      const at = c * chain.length + step;
      const weight = weights[(c % folds) * chain.length + step] ?? 0;
      if (weight > 0) {
        const rest = (right.values[at] ?? 0) - weight * other;
        both += (rest * ((left.values[at] ?? 0) - weight * value)) / weight;
        squares += (rest * rest) / weight;
      }
    }
    if ((c & 15) === 0 && pacer.due()) {
      await pacer.rest();
    }
  }
  return squares > 0 ? both / squares : 0;
}

/** The moments of what a linear function leaves over of weighted values; of its negative where there are none. */
async function restMoments(
  { chains, weights }: ChainMasks,
  values: Float64Array | null,
  { whole, coefficients }: LinearFit,
  pacer: Pacer,
): Promise<Moments> {
  const features = coefficients.length;
  const dropped = new Float64Array(features);
  const empty = whole - coefficients.reduce((sum, value) => sum + value, 0);
  let all = 0;
  for (const [c, chain] of chains.entries()) {
    // A feature is dropped from its own step of the chain on, so its moment is the tail of the sum over steps.
    const start = (c % folds) * features;
    let tail = 0;
    let value = empty;
    for (let step = features - 1; step >= 0; step--) {
      const feature = chain[step] ?? 0;
      tail += (values ? (values[c * features + step] ?? 0) : 0) - (weights[start + step] ?? 0) * value;
      dropped[feature] = (dropped[feature] ?? 0) + tail;
      value += coefficients[feature] ?? 0;
    }
    all += tail;
    if ((c & 15) === 0 && pacer.due()) {
      await pacer.rest();
    }
  }
  const scale = 1 / chains.length;
  return { all: all * scale, dropped: dropped.map((value) => value * scale) };
}

function meanOf({ chains, weights }: ChainMasks, values: Float64Array): number {
  let weight = 0;
  for (let c = 0; c < chains.length; c++) {
    const steps = weights.length / folds;
    for (let step = 0; step < steps; step++) {
      weight += weights[(c % folds) * steps + step] ?? 0;
    }
  }
  return values.reduce((sum, value) => sum + value, 0) / weight;
}

/** The linear function that has these moments over all of LIME's rows. */
function limitFit(fit: LimitFit, { all, dropped }: Moments): LinearFit {
  const coefficients = new Float64Array(fit.features);
  const sized = dropped.reduce((sum, value) => sum + value, 0);
  fit.coefficients(dropped, sized, all, coefficients);
  return {
    whole: fit.intercept(all, coefficients) + coefficients.reduce((sum, value) => sum + value, 0),
    coefficients,
  };
}

/** The mean over masks of a function with these moments times a linear one. */
function product({ all, dropped }: Moments, { whole, coefficients }: LinearFit): number {
  return dropped.reduce((sum, value, i) => sum - value * (coefficients[i] ?? 0), all * whole);
}

function combined(left: LinearFit, right: LinearFit, factor: number): LinearFit {
  return {
    whole: left.whole + factor * right.whole,
    coefficients: left.coefficients.map((value, i) => value + factor * (right.coefficients[i] ?? 0)),
  };
}
