import type { LimitFit } from "./limeKernel";
import { sigmoid } from "./methodRun";
import type { Pacer } from "./pacer";
import type { SeededRandom } from "./random";
import { folds, type Surrogate } from "./surrogate";

/** Up to so many features all subsets are visited. */
const listedFeatures = 14;
/** About how many additions one visit of the population may take per surrogate. */
const work = 6_000_000;
const fewestBlocks = 16;

/** LIME's fit of the surrogates' probabilities over the population of rows. */
export interface PopulationFit {
  readonly coefficients: Float64Array;
  /** Squared standard errors; 0 where all subsets were visited. */
  readonly variances: Float64Array;
  readonly mean: number;
}

/**
 * Masks at which only surrogates are evaluated, which costs no evaluation of the model: all subsets where they are few, otherwise chains that drop
 * one feature after the other, each chain visiting every size once. Chains come in blocks that start one random order at evenly spaced
 * places, so that in a block each feature is dropped about equally early.
 */
export class Population {
  readonly #fit: LimitFit;
  /** Chains as feature orders, block by block; `null` where all subsets are visited. */
  readonly #chains: Int32Array[] | null;
  readonly #blockSize: number;

  constructor(fit: LimitFit, random: SeededRandom) {
    this.#fit = fit;
    const { features } = fit;
    const chains = Math.max(2 * fewestBlocks, Math.floor(work / (features * (features + 20))));
    this.#blockSize = Math.max(1, Math.min(features, Math.floor(chains / fewestBlocks)));
    this.#chains = features <= listedFeatures ? null : [];
    while (this.#chains && this.#chains.length < chains) {
      const order = Int32Array.from({ length: features }, (_, index) => index);
      random.shuffle(order);
      for (let c = 0; c < this.#blockSize; c++) {
        const start = Math.floor((c * features) / this.#blockSize);
        this.#chains.push(Int32Array.from(order, (_, index) => order[(start + index) % features] ?? 0));
      }
    }
  }

  /** Fits the mixture of the surrogates in which those of fold f have the share `shares[size * folds + f]` at rows that drop `size` features. */
  async fit(surrogates: readonly Surrogate[], shares: Float64Array, pacer: Pacer): Promise<PopulationFit> {
    return this.#chains
      ? await this.#fitChains(this.#chains, surrogates, shares, pacer)
      : await this.#fitAll(surrogates, shares, pacer);
  }

  async #fitAll(surrogates: readonly Surrogate[], shares: Float64Array, pacer: Pacer): Promise<PopulationFit> {
    const { features, masses } = this.#fit;
    const subsets = new Float64Array(features + 1);
    subsets[0] = 1;
    for (let size = 1; size <= features; size++) {
      subsets[size] = ((subsets[size - 1] ?? 0) * (features - size + 1)) / size;
    }
    const walks = surrogates.map((surrogate) => new Walk(surrogate));
    const dropped = new Float64Array(features);
    let mean = 0;
    let sized = 0;
    let code = 0;
    let size = 0;
    for (let step = 1; step < 2 ** features; step++) {
      // Gray code: each step changes the one feature at the lowest set bit of the step's number.
      const feature = 31 - Math.clz32(step & -step);
      code ^= 1 << feature;
      const adds = (code >>> feature) & 1;
      size += adds ? 1 : -1;
      let value = 0;
      for (const [f, walk] of walks.entries()) {
        walk.change(feature, adds ? 1 : -1);
        value += (shares[size * folds + f] ?? 0) * sigmoid(walk.value);
      }
      value *= (masses[size] ?? 0) / (subsets[size] ?? 1);
      mean += value;
      sized += value * size;
      for (let i = 0; i < features; i++) {
        if ((code >>> i) & 1) {
          dropped[i] = (dropped[i] ?? 0) + value;
        }
      }
      if ((step & 63) === 0 && pacer.due()) {
        await pacer.rest();
      }
    }
    const coefficients = new Float64Array(features);
    this.#fit.coefficients(dropped, sized, mean, coefficients);
    return { coefficients, variances: new Float64Array(features), mean };
  }

  async #fitChains(
    chains: readonly Int32Array[],
    surrogates: readonly Surrogate[],
    shares: Float64Array,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const { features } = this.#fit;
    const values = new Float64Array(chains.length * features);
    for (const [c, chain] of chains.entries()) {
      const walks = surrogates.map((surrogate) => new Walk(surrogate));
      for (let step = 0; step < features; step++) {
        let value = 0;
        for (const [f, walk] of walks.entries()) {
          walk.change(chain[step] ?? 0, 1);
          value += (shares[(step + 1) * folds + f] ?? 0) * sigmoid(walk.value);
        }
        values[c * features + step] = value;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    // The first fit's linear part is taken out and its exact fit put back, so that only what is not linear is left to chance.
    let coefficients: Float64Array = new Float64Array(features);
    let mean = 0;
    let variances: Float64Array = new Float64Array(features);
    for (let pass = 0; pass < 3; pass++) {
      const rest = this.#fitRest(chains, values, coefficients, mean);
      coefficients = coefficients.map((value, i) => value + (rest.coefficients[i] ?? 0));
      mean += rest.mean;
      variances = rest.variances;
    }
    return { coefficients, variances, mean };
  }

  /** Fits what `values` [chains, features] leave over a linear function with these coefficients and this mean. */
  #fitRest(
    chains: readonly Int32Array[],
    values: Float64Array,
    linear: Float64Array,
    linearMean: number,
  ): { coefficients: Float64Array; mean: number; variances: Float64Array } {
    const { features, masses } = this.#fit;
    const sum = new Float64Array(features);
    const squares = new Float64Array(features);
    const dropped = new Float64Array(features);
    const block = new Float64Array(features);
    const start = this.#fit.intercept(linearMean, linear) + linear.reduce((all, value) => all + value, 0);
    let mean = 0;
    let blockMean = 0;
    let blockSized = 0;
    for (const [c, chain] of chains.entries()) {
      // Feature j of the chain is dropped at steps ≥ its own, so its moment is the tail of the sum over steps.
      let tail = 0;
      let value = start;
      for (const feature of chain) {
        value -= linear[feature] ?? 0;
      }
      for (let step = features - 1; step >= 0; step--) {
        const feature = chain[step] ?? 0;
        const rest = (masses[step + 1] ?? 0) * ((values[c * features + step] ?? 0) - value);
        tail += rest;
        blockSized += rest * (step + 1);
        dropped[feature] = (dropped[feature] ?? 0) + tail;
        value += linear[feature] ?? 0;
      }
      blockMean += tail;
      if ((c + 1) % this.#blockSize === 0) {
        const scale = 1 / this.#blockSize;
        for (let i = 0; i < features; i++) {
          dropped[i] = (dropped[i] ?? 0) * scale;
        }
        this.#fit.coefficients(dropped, blockSized * scale, blockMean * scale, block);
        for (let i = 0; i < features; i++) {
          const coefficient = block[i] ?? 0;
          sum[i] = (sum[i] ?? 0) + coefficient;
          squares[i] = (squares[i] ?? 0) + coefficient * coefficient;
        }
        mean += blockMean * scale;
        dropped.fill(0);
        blockMean = 0;
        blockSized = 0;
      }
    }
    const blocks = chains.length / this.#blockSize;
    const coefficients = sum.map((value) => value / blocks);
    const variances = squares.map(
      (value, i) => Math.max(0, value - blocks * (coefficients[i] ?? 0) ** 2) / (blocks * (blocks - 1)),
    );
    return { coefficients, mean: mean / blocks, variances };
  }
}

/** A surrogate's value along a path on which one feature at a time is dropped (+1) or put back (−1). */
class Walk {
  value: number;
  readonly #surrogate: Surrogate;
  /** What dropping each feature next would add. */
  readonly #slopes: Float64Array;

  constructor(surrogate: Surrogate) {
    this.#surrogate = surrogate;
    this.#slopes = Float64Array.from(surrogate.single);
    this.value = surrogate.constant;
  }

  change(feature: number, sign: number): void {
    const slopes = this.#slopes;
    const features = slopes.length;
    const { pair } = this.#surrogate;
    this.value += sign * (slopes[feature] ?? 0);
    const offset = feature * features;
    for (let i = 0; i < features; i++) {
      slopes[i] = (slopes[i] ?? 0) + sign * (pair[offset + i] ?? 0);
    }
  }
}
