import type { LimitFit } from "./limeKernel";
import { sigmoid } from "./methodRun";
import type { Pacer } from "./pacer";
import { fitQuadratics, type PopulationFit } from "./quadraticFit";
import type { SeededRandom } from "./random";
import { folds, type Surrogate } from "./surrogate";
import { SurrogateWalk } from "./surrogateWalk";

/** Up to so many features all subsets are visited. */
const listedFeatures = 14;
/** About how many additions one visit of the population may take. */
const work = 10_000_000;
/** About how many multiplications the bumps may take: they are followed on a part of the population only. */
const bumpWork = 40_000_000;
const fewestBlocks = 16;

/**
 * Masks at which only surrogates are evaluated, which costs no evaluation of the model: all subsets where they are few, otherwise chains that drop
 * one feature after the other, each chain visiting every size once for one of the folds. Chains come in blocks that start one random order at
 * evenly spaced places, so that in a block each feature is dropped about equally early and each fold comes up equally often.
 */
export class Population {
  readonly #fit: LimitFit;
  readonly #random: SeededRandom;
  readonly #listed: boolean;
  /** Chains as feature orders, block by block, drawn when first asked for; none where all subsets are visited. */
  readonly #chains: Int32Array[] = [];
  readonly #blocks: number;
  readonly #blockSize: number;

  constructor(fit: LimitFit, random: SeededRandom) {
    this.#fit = fit;
    this.#random = random;
    const { features } = fit;
    this.#listed = features <= listedFeatures;
    const chains = Math.max(folds * fewestBlocks, Math.floor(work / (features * (features + 20))));
    this.#blockSize = folds * Math.ceil(Math.min(features, chains / fewestBlocks) / folds);
    this.#blocks = Math.ceil(chains / this.#blockSize);
  }

  #firstChains(blocks: number): readonly Int32Array[] {
    const { features } = this.#fit;
    while (this.#chains.length < blocks * this.#blockSize) {
      const order = Int32Array.from({ length: features }, (_, index) => index);
      this.#random.shuffle(order);
      for (let c = 0; c < this.#blockSize; c++) {
        const start = Math.floor((c * features) / this.#blockSize);
        const chain = new Int32Array(features);
        chain.set(order.subarray(start));
        chain.set(order.subarray(0, start), features - start);
        this.#chains.push(chain);
      }
    }
    return this.#chains.slice(0, blocks * this.#blockSize);
  }

  /**
   * Fits the mixture of the surrogates in which those of fold f have the share `shares[size * folds + f]` at rows that drop `size` features.
   * `effort` up to 1 is the part of the population to visit. `first` are simpler surrogates near them, without windows and bumps, or the same.
   */
  async fit(
    surrogates: readonly Surrogate[],
    first: readonly Surrogate[],
    shares: Float64Array,
    effort: number,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    if (this.#listed) {
      return await this.#fitAll(surrogates, shares, pacer);
    }
    const chains = this.#firstChains(Math.max(fewestBlocks, Math.ceil(this.#blocks * Math.min(effort, 1))));
    const fit = await this.#fitChains(chains, first, shares, pacer);
    if (first === surrogates) {
      return fit;
    }
    const change = await this.#fitChange(chains, first, surrogates, shares, pacer);
    return { ...add(fit, change, 1), variances: fit.variances.map((value, i) => value + (change.variances[i] ?? 0)) };
  }

  async #fitAll(surrogates: readonly Surrogate[], shares: Float64Array, pacer: Pacer): Promise<PopulationFit> {
    const { features, masses } = this.#fit;
    const subsets = new Float64Array(features + 1);
    subsets[0] = 1;
    for (let size = 1; size <= features; size++) {
      subsets[size] = ((subsets[size - 1] ?? 0) * (features - size + 1)) / size;
    }
    const walks = surrogates.map((surrogate) => new SurrogateWalk(surrogate));
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
      if ((step & 31) === 0 && pacer.due()) {
        await pacer.rest();
      }
    }
    const coefficients = new Float64Array(features);
    this.#fit.coefficients(dropped, sized, mean, coefficients);
    return { coefficients, variances: new Float64Array(features), mean };
  }

  /**
   * Only what neither a linear function nor a multiple of the surrogates' log-odds explains is left to chance: both have a known fit, which is
   * taken out at every mask and put back exactly.
   */
  async #fitChains(
    chains: readonly Int32Array[],
    surrogates: readonly Surrogate[],
    shares: Float64Array,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const { features } = this.#fit;
    const weights = this.#weights(shares);
    const values = new Float64Array(chains.length * features);
    const logOdds = new Float64Array(chains.length * features);
    const walks = surrogates.map((surrogate) => new SurrogateWalk(surrogate));
    for (const [c, chain] of chains.entries()) {
      const f = c % folds;
      const walk = walks[f];
      if (!walk) {
        continue;
      }
      walk.restart();
      for (let step = 0; step < features; step++) {
        walk.change(chain[step] ?? 0, 1);
        const weight = weights[f * features + step] ?? 0;
        values[c * features + step] = weight * sigmoid(walk.value);
        logOdds[c * features + step] = weight * walk.value;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    const known = fitQuadratics(this.#fit, surrogates, shares);
    const plain = await this.#fitFrom(chains, weights, values, pacer);
    const slope = await this.#slope({ chains, weights, values, logOdds }, plain, known, pacer);
    for (let i = 0; i < values.length; i++) {
      values[i] = (values[i] ?? 0) - slope * (logOdds[i] ?? 0);
    }
    await pacer.rest();
    let rest = add(plain, known, -slope);
    for (let pass = 0; pass < 2; pass++) {
      rest = await this.#improve(chains, weights, values, rest, pacer);
    }
    return { ...add(rest, known, slope), variances: rest.variances };
  }

  /** What the refined surrogates say otherwise than the first ones, on the first chains only: it is little, and each bump costs as much as a feature. */
  async #fitChange(
    chains: readonly Int32Array[],
    first: readonly Surrogate[],
    refined: readonly Surrogate[],
    shares: Float64Array,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const { features } = this.#fit;
    const weights = this.#weights(shares);
    const most = refined.reduce((count, { bumps }) => Math.max(count, bumps?.heights.length ?? 1), 1);
    const blocks = Math.max(fewestBlocks, Math.floor(bumpWork / (features * most * this.#blockSize)));
    const part = chains.slice(0, blocks * this.#blockSize);
    const changes = new Float64Array(part.length * features);
    const simpleWalks = first.map((surrogate) => new SurrogateWalk(surrogate));
    const fullWalks = refined.map((surrogate) => new SurrogateWalk(surrogate));
    for (const [c, chain] of part.entries()) {
      const f = c % folds;
      const [simple, full] = [simpleWalks[f], fullWalks[f]];
      if (!simple || !full) {
        continue;
      }
      simple.restart();
      full.restart();
      for (let step = 0; step < features; step++) {
        const feature = chain[step] ?? 0;
        simple.change(feature, 1);
        full.change(feature, 1);
        const weight = weights[f * features + step] ?? 0;
        const change = sigmoid(full.value) - sigmoid(simple.value);
        changes[c * features + step] = weight * change;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    const fit = await this.#fitFrom(part, weights, changes, pacer);
    return await this.#improve(part, weights, changes, fit, pacer);
  }

  /** The weight of each step of a chain that follows one fold: [folds, steps]; averaged over folds, the mass of the step's size. */
  #weights(shares: Float64Array): Float64Array {
    const { features, masses } = this.#fit;
    const weights = new Float64Array(folds * features);
    for (let f = 0; f < folds; f++) {
      for (let step = 0; step < features; step++) {
        weights[f * features + step] = folds * (shares[(step + 1) * folds + f] ?? 0) * (masses[step + 1] ?? 0);
      }
    }
    return weights;
  }

  /** How much the probability moves with the log-odds where neither is linear in the mask. */
  async #slope(
    paths: {
      readonly chains: readonly Int32Array[];
      readonly weights: Float64Array;
      readonly values: Float64Array;
      readonly logOdds: Float64Array;
    },
    valueFit: PopulationFit,
    logOddsFit: PopulationFit,
    pacer: Pacer,
  ): Promise<number> {
    const { chains, weights, values, logOdds } = paths;
    const { features } = this.#fit;
    let both = 0;
    let squares = 0;
    const [valueStart, logOddsStart] = [this.#whole(valueFit), this.#whole(logOddsFit)];
    for (const [c, chain] of chains.entries()) {
      let value = valueStart;
      let other = logOddsStart;
      for (let step = 0; step < features; step++) {
        const feature = chain[step] ?? 0;
        value -= valueFit.coefficients[feature] ?? 0;
        other -= logOddsFit.coefficients[feature] ?? 0;
        const weight = weights[(c % folds) * features + step] ?? 0;
        if (weight > 0) {
          const rest = (logOdds[c * features + step] ?? 0) - weight * other;
          both += (rest * ((values[c * features + step] ?? 0) - weight * value)) / weight;
          squares += (rest * rest) / weight;
        }
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    return squares > 0 ? both / squares : 0;
  }

  /** A linear fit's value on the whole text. */
  #whole(fit: PopulationFit): number {
    return this.#fit.intercept(fit.mean, fit.coefficients) + fit.coefficients.reduce((all, value) => all + value, 0);
  }

  /** The first fit of weighted `values` [chains, features]: of what they leave over their mean. */
  async #fitFrom(
    chains: readonly Int32Array[],
    weights: Float64Array,
    values: Float64Array,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const { features } = this.#fit;
    let total = 0;
    let weight = 0;
    for (let c = 0; c < chains.length; c++) {
      const start = (c % folds) * features;
      for (let step = 0; step < features; step++) {
        total += values[c * features + step] ?? 0;
        weight += weights[start + step] ?? 0;
      }
    }
    return await this.#improve(chains, weights, values, { ...emptyFit(features), mean: total / weight }, pacer);
  }

  /** A linear fit plus the fit of what it leaves over, with the variances of the latter. */
  async #improve(
    chains: readonly Int32Array[],
    weights: Float64Array,
    values: Float64Array,
    fit: PopulationFit,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const more = await this.#fitRest(chains, weights, values, fit, pacer);
    return { ...add(fit, more, 1), variances: more.variances };
  }

  /** Fits what weighted `values` [chains, features] leave over a linear function. */
  async #fitRest(
    chains: readonly Int32Array[],
    weights: Float64Array,
    values: Float64Array,
    linear: PopulationFit,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const { features } = this.#fit;
    const sum = new Float64Array(features);
    const squares = new Float64Array(features);
    const dropped = new Float64Array(features);
    const block = new Float64Array(features);
    const start = this.#whole(linear);
    let mean = 0;
    let blockMean = 0;
    let blockSized = 0;
    for (const [c, chain] of chains.entries()) {
      // A feature is dropped from its own step of the chain on, so its moment is the tail of the sum over steps.
      let tail = 0;
      let value = start;
      for (const feature of chain) {
        value -= linear.coefficients[feature] ?? 0;
      }
      for (let step = features - 1; step >= 0; step--) {
        const feature = chain[step] ?? 0;
        const rest = (values[c * features + step] ?? 0) - (weights[(c % folds) * features + step] ?? 0) * value;
        tail += rest;
        blockSized += rest * (step + 1);
        dropped[feature] = (dropped[feature] ?? 0) + tail;
        value += linear.coefficients[feature] ?? 0;
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
        if (pacer.due()) {
          await pacer.rest();
        }
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

function emptyFit(features: number): PopulationFit {
  return { coefficients: new Float64Array(features), variances: new Float64Array(features), mean: 0 };
}

function add(left: PopulationFit, right: PopulationFit, factor: number): PopulationFit {
  return {
    coefficients: left.coefficients.map((value, i) => value + factor * (right.coefficients[i] ?? 0)),
    variances: left.variances,
    mean: left.mean + factor * right.mean,
  };
}
