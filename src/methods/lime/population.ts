import type { Link } from "../link";
import type { SeededRandom } from "../maths/random";
import type { Pacer } from "../pacer";
import { chainVariances, fitChains, type LinearFit, restSlope } from "./chainFit";
import { folds } from "./folds";
import type { LimitFit } from "./kernel";
import { fitQuadratics, type PopulationFit } from "./quadraticFit";
import type { Surrogate } from "./surrogate";
import { SurrogateWalk } from "./surrogateWalk";

/** Up to so many features all subsets are visited. */
const listedFeatures = 14;
/** About how many additions one visit of the population may take. */
const work = 10_000_000;
/** About how many multiplications the bumps may take: they are followed on a part of the population only. */
const bumpWork = 40_000_000;
const fewestBlocks = 16;
/** What is left to chance is small against the errors of the model's own rows from so many chains a feature on; more steps than this take too long. */
const chainsPerFeature = 12;
const mostSteps = 1_000_000;
/** About how many additions the masks may take on which errors are foreseen. */
const foreseenWork = 3_000_000;
const mostForeseenBlocks = 500;

/**
 * Masks at which only surrogates are evaluated, which costs no evaluation of the model: all subsets where they are few, otherwise chains that drop
 * one feature after the other, each chain visiting every size once for one of the folds. Chains come in blocks, one a fold, that start one random order at
 * evenly spaced places. More of them to an order would tell little more: a linear function is found exactly on any masks, and pairs stay near each other.
 */
export class Population {
  readonly #fit: LimitFit;
  readonly #random: SeededRandom;
  readonly #link: Link;
  readonly #listed: boolean;
  /** Chains as feature orders, block by block, drawn when first asked for; none where all subsets are visited. */
  readonly #chains: Int32Array[] = [];
  readonly #blocks: number;

  constructor(fit: LimitFit, random: SeededRandom, link: Link) {
    this.#fit = fit;
    this.#random = random;
    this.#link = link;
    const { features } = fit;
    this.#listed = features <= listedFeatures;
    const chains = Math.max(
      folds * fewestBlocks,
      Math.floor(work / (features * (features + 20))),
      Math.floor(Math.min(chainsPerFeature * features, mostSteps / features)),
    );
    this.#blocks = Math.ceil(chains / folds);
  }

  /** Chains to foresee errors on, as feature orders; chain c is for fold c mod {@link folds}. */
  foreseenChains(): readonly Int32Array[] {
    const blocks = Math.floor(foreseenWork / (folds * this.#fit.features * this.#fit.features));
    return this.#firstChains(Math.max(fewestBlocks, Math.min(mostForeseenBlocks, blocks)));
  }

  #firstChains(blocks: number): readonly Int32Array[] {
    const { features } = this.#fit;
    while (this.#chains.length < blocks * folds) {
      const order = Int32Array.from({ length: features }, (_, index) => index);
      this.#random.shuffle(order);
      for (let c = 0; c < folds; c++) {
        const start = Math.floor((c * features) / folds);
        const chain = new Int32Array(features);
        chain.set(order.subarray(start));
        chain.set(order.subarray(0, start), features - start);
        this.#chains.push(chain);
      }
    }
    return this.#chains.slice(0, blocks * folds);
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
    if (surrogates.every(({ bumps }) => bumps === null)) {
      return await this.#fitChains(chains, surrogates, shares, pacer);
    }
    const fit = await this.#fitChains(chains, first, shares, pacer);
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
        value += (shares[size * folds + f] ?? 0) * this.#link.of(walk.value);
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
   * Only what neither a linear function nor a multiple of the surrogates' log-odds without windows explains is left to chance: the former is found exactly on
   * any masks, and of the latter the fit over all masks is known.
   */
  async #fitChains(
    chains: readonly Int32Array[],
    surrogates: readonly Surrogate[],
    shares: Float64Array,
    pacer: Pacer,
  ): Promise<PopulationFit> {
    const { features } = this.#fit;
    const masks = { chains, weights: this.#weights(shares) };
    const values = new Float64Array(chains.length * features);
    const quadratics = new Float64Array(chains.length * features);
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
        const weight = masks.weights[f * features + step] ?? 0;
        values[c * features + step] = weight * this.#link.of(walk.value);
        quadratics[c * features + step] = weight * walk.quadratic;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    const known = fitQuadratics(this.#fit, surrogates, shares);
    const plain = await fitChains(this.#fit, masks, values, pacer);
    const drawn = await fitChains(this.#fit, masks, quadratics, pacer);
    const slope = await restSlope(masks, { values, fit: plain }, { values: quadratics, fit: drawn }, pacer);
    for (let i = 0; i < values.length; i++) {
      values[i] = (values[i] ?? 0) - slope * (quadratics[i] ?? 0);
    }
    await pacer.rest();
    const rest = this.#fitOf(plain, drawn, -slope);
    const variances = await chainVariances(this.#fit, masks, values, linearFit(this.#fit, rest), pacer);
    return { ...add(rest, known, slope), variances };
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
    const most = refined.reduce((count, { bumps }) => Math.max(count, bumps?.heights.length ?? 1), 1);
    const blocks = Math.max(fewestBlocks, Math.floor(bumpWork / (features * most * folds)));
    const part = chains.slice(0, blocks * folds);
    const masks = { chains: part, weights: this.#weights(shares) };
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
        const weight = masks.weights[f * features + step] ?? 0;
        const change = this.#link.of(full.value) - this.#link.of(simple.value);
        changes[c * features + step] = weight * change;
      }
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    const fit = await fitChains(this.#fit, masks, changes, pacer);
    const variances = await chainVariances(this.#fit, masks, changes, fit, pacer);
    return { ...this.#fitOf(fit, fit, 0), variances };
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

  /** A linear fit plus a multiple of another, with its mean over LIME's rows. */
  #fitOf(left: LinearFit, right: LinearFit, factor: number): PopulationFit {
    const coefficients = left.coefficients.map((value, i) => value + factor * (right.coefficients[i] ?? 0));
    const sum = coefficients.reduce((all, value) => all + value, 0);
    const mean = left.whole + factor * right.whole - this.#fit.dropShare * sum;
    return { coefficients, mean, variances: new Float64Array(coefficients.length) };
  }
}

/** A fit by its value on the whole text. */
function linearFit(fit: LimitFit, { coefficients, mean }: PopulationFit): LinearFit {
  return { whole: mean + fit.dropShare * coefficients.reduce((sum, value) => sum + value, 0), coefficients };
}

function add(left: PopulationFit, right: PopulationFit, factor: number): PopulationFit {
  return {
    coefficients: left.coefficients.map((value, i) => value + factor * (right.coefficients[i] ?? 0)),
    variances: left.variances,
    mean: left.mean + factor * right.mean,
  };
}
