import type { SeededRandom } from "../maths/random";
import { choose } from "./subsets";

/** Ranks are drawn without repetition up to so many; among more, hardly any would come twice. */
const mostRanked = 2 ** 32;

/** The subsets of one size and their complements, as pairs: one of each is drawn. */
interface Stratum {
  readonly size: number;
  /** How many pairs there are. */
  readonly pairs: number;
  /** The Shapley kernel's weight of all its subsets and complements together. */
  readonly weight: number;
  /** How often it is drawn from, against the others. */
  readonly rate: number;
  drawn: number;
  /** Where ranks have been moved to by an unfinished shuffle. */
  readonly moved: Map<number, number>;
}

/** A subset that stands for itself and its complement. */
export interface CoalitionPair {
  /** Keep-mask, uint8 [n]. */
  readonly kept: Uint8Array;
  readonly stratum: number;
}

/** The weight that the Shapley kernel gives to all subsets of `size` of n features together: (n − 1) / (size · (n − size)). */
function sizeWeight(features: number, size: number): number {
  return (features - 1) / (size * (features - size));
}

/**
 * Draws subsets together with their complements for Kernel SHAP: all of size 1, then of each size as many as the root of its weight says, which leaves the least error for as many
 * evaluations; none twice, so that a size of which there are few is soon complete. Larger draws begin with smaller ones.
 */
export class CoalitionDesign {
  readonly #features: number;
  readonly #random: SeededRandom;
  readonly #strata: readonly Stratum[];

  constructor(features: number, random: SeededRandom) {
    this.#features = features;
    this.#random = random;
    this.#strata = Array.from({ length: Math.floor(features / 2) }, (_, index) => {
      const size = index + 1;
      const halves = 2 * size === features;
      const sized = sizeWeight(features, size);
      return {
        size,
        pairs: halves ? choose(features - 1, size - 1) : choose(features, size),
        weight: halves ? sized : 2 * sized,
        rate: Math.sqrt(sized) * (halves ? 0.5 : 1),
        drawn: 0,
        moved: new Map(),
      };
    });
  }

  /** The fewest pairs that a fit can be made of: all of size 1, and one of each other size. */
  static fewestPairs(features: number): number {
    return features === 2 ? 1 : features + Math.floor(features / 2) - 1;
  }

  /** The weight of a subset drawn so far of a stratum (the Shapley kernel's own once all are drawn), and what share of the stratum is not drawn. */
  of(stratum: number): { readonly weight: number; readonly undrawn: number } {
    const { weight, drawn, pairs } = this.#strata[stratum] ?? { weight: 0, drawn: 1, pairs: 1 };
    return { weight: weight / (2 * drawn), undrawn: 1 - drawn / pairs };
  }

  /** Draws so many more pairs, or all that are left. */
  draw(count: number): CoalitionPair[] {
    const pairs: CoalitionPair[] = [];
    while (pairs.length < count) {
      const stratum = this.#next();
      const from = this.#strata[stratum];
      if (!from) {
        break;
      }
      pairs.push({ kept: this.#drawFrom(from), stratum });
      from.drawn++;
    }
    return pairs;
  }

  /** The stratum that is behind most; −1 where all are complete. */
  #next(): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [index, { size, drawn, pairs, rate }] of this.#strata.entries()) {
      const due = size === 1 || drawn === 0 ? 0 : (drawn + 0.5) / rate;
      if (drawn < pairs && due < least) {
        [best, least] = [index, due];
      }
    }
    return best;
  }

  #drawFrom({ size, pairs, drawn, moved }: Stratum): Uint8Array {
    const features = this.#features;
    const kept = new Uint8Array(features);
    // Of two complements of equal size, the one with the first feature stands for both.
    const first = 2 * size === features ? 1 : 0;
    kept.fill(1, 0, first);
    if (pairs > mostRanked) {
      const others = Array.from({ length: features - first }, (_, index) => first + index);
      this.#random.shuffle(others, size - first);
      for (const feature of others.slice(0, size - first)) {
        kept[feature] = 1;
      }
      return kept;
    }
    const at = drawn + this.#random.below(pairs - drawn);
    let rank = moved.get(at) ?? at;
    moved.set(at, moved.get(drawn) ?? drawn);
    moved.delete(drawn);
    // The subset of that rank in the order of their lists of features.
    let left = size - first;
    for (let feature = first; left > 0; feature++) {
      const withIt = choose(features - feature - 1, left - 1);
      if (rank < withIt) {
        kept[feature] = 1;
        left--;
      } else {
        rank -= withIt;
      }
    }
    return kept;
  }
}
