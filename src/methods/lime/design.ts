import type { SeededRandom } from "../maths/random";
import type { Pacer } from "../pacer";
import { folds } from "./folds";

/**
 * Rows of a size go with its kernel weight to the power of 0.75, by roots, which are the same to the last bit wherever this runs. The root (0.5) suits targets that vary most where most is dropped; what a surrogate leaves over
 * varies about as much at every size, for which 1 would be best. Between them, errors were 5 to 10 % smaller than with the root on film reviews of 24 to 30 tokens.
 */
const shareOf = (mass: number): number => Math.sqrt(mass) * Math.sqrt(Math.sqrt(mass));
/** Sizes with at most this many subsets are listed in full once drawing by chance keeps hitting old ones. */
const listable = 20_000;

/** Rows of a size are drawn by how much they are wanted only where there are at least so many subsets, and so many times the rows. */
const fewestChosen = 3500;
const plenty = 40;

/** What earlier rows say about where to look next. */
export interface DesignGuide {
  /** The share of each number dropped in all rows, 0 to n; of any sum. */
  readonly shares: Float64Array;
  /** How much a row is wanted, over 0 and at most 1; rows of a size are drawn in proportion. Must not depend on rows of `fold` itself. */
  readonly wanted: (dropped: readonly number[], fold: number) => number;
  /** The mean of `wanted` over all rows of a size: [sizes, folds]. */
  readonly means: Float64Array;
}

/** What was intended in one call of {@link SubsetDesign.extend}: rows of each size, and the guide of the sizes that followed it. */
interface Round {
  readonly rows: Float64Array;
  readonly guide: DesignGuide | null;
  readonly guided: Uint8Array;
}

/**
 * Adaptive LIME's design: rows that drop 1 to n features, sizes in proportion to a power of their kernel weight, subsets of a size without
 * repetition and balanced over the features. Grows round by round; a size whose subsets are all drawn gives its share to the others.
 * A round may follow a {@link DesignGuide}: rows then come with unequal chances, which `intensities` records.
 */
export class SubsetDesign {
  readonly features: number;
  /** Rows drawn of each number dropped, 0 to n. */
  readonly counts: Int32Array;
  /** Subsets there are of each number dropped; infinite where a double cannot hold it. */
  readonly available: Float64Array;
  /** Per row drawn, how many rows were to be expected of its size if all its subsets were as likely as this one, over all rounds. */
  readonly intensities: number[] = [];
  /** Per row drawn, the fold it belongs to: those of a size are dealt to the folds in turn. */
  readonly folds: number[] = [];
  /** The share of each number dropped where no guide says otherwise, 0 to n, in all 1. */
  readonly shares: Float64Array;
  readonly #rows: (readonly number[])[] = [];
  readonly #rounds: Round[] = [];
  readonly #random: SeededRandom;
  readonly #seen = new Set<string>();
  readonly #decks = new Map<number, number[]>();
  readonly #listed = new Map<number, number[][]>();

  constructor(features: number, masses: Float64Array, random: SeededRandom) {
    this.features = features;
    this.counts = new Int32Array(features + 1);
    this.available = new Float64Array(features + 1);
    const shares = masses.map(shareOf);
    const sum = shares.reduce((all, share) => all + share, 0);
    this.shares = shares.map((share) => share / sum);
    this.#random = random;
    let subsets = 1;
    for (let size = 1; size <= features; size++) {
      if (size <= features / 2) {
        subsets = Math.round((subsets * (features - size + 1)) / size);
        this.available[size] = subsets;
      } else {
        this.available[size] = size === features ? 1 : (this.available[features - size] ?? 0);
      }
    }
  }

  /** Draws rows until there are `total`; the new ones as lists of the features they drop. */
  async extend(total: number, guide: DesignGuide | null, pacer: Pacer): Promise<readonly (readonly number[])[]> {
    const before = this.#rows.length;
    const round = this.#plan(total, guide);
    for (const [row, dropped] of this.#rows.entries()) {
      this.intensities[row] = (this.intensities[row] ?? 0) + intensity(round, dropped, this.folds[row] ?? 0);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    this.#rounds.push(round);
    for (const size of this.#newSizes(round.rows, total - before)) {
      const fold = ((this.counts[size] ?? 0) + size) % folds;
      const dropped = this.#subset(size, round.guided[size] ? round.guide : null, fold);
      this.#rows.push(dropped);
      this.folds.push(fold);
      this.intensities.push(this.#rounds.reduce((sum, earlier) => sum + intensity(earlier, dropped, fold), 0));
      this.counts[size] = (this.counts[size] ?? 0) + 1;
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    return this.#rows.slice(before);
  }

  /** Rows planned over all rounds, 0 to n dropped: with even chances, and in proportion to how much they are wanted. */
  planned(): { readonly even: Float64Array; readonly guided: Float64Array } {
    const even = new Float64Array(this.features + 1);
    const guided = new Float64Array(this.features + 1);
    for (const round of this.#rounds) {
      for (const [size, rows] of round.rows.entries()) {
        const chances = round.guide && round.guided[size] ? guided : even;
        chances[size] = (chances[size] ?? 0) + rows;
      }
    }
    return { even, guided };
  }

  /** Gives each size what it lacks of its share of `total` rows. */
  #plan(total: number, guide: DesignGuide | null): Round {
    const expected = this.#expected(total, guide?.shares ?? this.shares);
    const lacking = expected.map((rows, size) => Math.max(0, rows - (this.counts[size] ?? 0)));
    const sum = lacking.reduce((all, rows) => all + rows, 0);
    const rows = lacking.map((value) => (sum > 0 ? (value * (total - this.#rows.length)) / sum : 0));
    const guided = Uint8Array.from(rows, (value, size) => {
      const available = this.available[size] ?? 0;
      return guide && available >= fewestChosen && available >= plenty * ((this.counts[size] ?? 0) + value) ? 1 : 0;
    });
    return { rows, guide, guided };
  }

  /** Expected rows of each size when `total` are drawn: in proportion to the shares, never more than there are. */
  #expected(total: number, shares: Float64Array): Float64Array {
    const result = new Float64Array(this.features + 1);
    const open = new Set<number>();
    for (let size = 1; size <= this.features; size++) {
      open.add(size);
    }
    let left = total;
    for (let full = true; full && open.size > 0; ) {
      full = false;
      let sum = 0;
      for (const size of open) {
        sum += shares[size] ?? 0;
      }
      const each = left / sum;
      for (const size of open) {
        const available = this.available[size] ?? 0;
        if (each * (shares[size] ?? 0) >= available) {
          result[size] = available;
          left -= available;
          open.delete(size);
          full = true;
        }
      }
      for (const size of full ? [] : open) {
        result[size] = each * (shares[size] ?? 0);
      }
    }
    return result;
  }

  /** The sizes of the next rows: systematic sampling of what each size lacks, so that even sizes that get less than a row have their chance; in random order. */
  #newSizes(lacking: Float64Array, wanted: number): number[] {
    const sum = lacking.reduce((all, rows) => all + rows, 0);
    const sizes: number[] = [];
    const step = sum / wanted;
    let next = this.#random.uniform() * step;
    let passed = 0;
    for (const [size, rows] of lacking.entries()) {
      passed += rows;
      for (let taken = 0; next < passed; next += step) {
        if ((this.counts[size] ?? 0) + taken < (this.available[size] ?? 0)) {
          sizes.push(size);
          taken++;
        }
      }
    }
    this.#random.shuffle(sizes);
    return sizes;
  }

  #subset(size: number, guide: DesignGuide | null, fold: number): number[] {
    const { features } = this;
    const small = Math.min(size, features - size);
    const total = this.available[size] ?? 0;
    for (let attempt = 0; attempt < 20 || total > listable || guide; attempt++) {
      const dealt = this.#deal(size, small);
      const dropped = small === size ? dealt : complement(dealt, features);
      if (guide && this.#random.uniform() > guide.wanted(dropped, fold)) {
        continue;
      }
      const key = dropped.join();
      if (!this.#seen.has(key)) {
        this.#seen.add(key);
        return dropped;
      }
    }
    const list = this.#listed.get(size) ?? this.#list(size);
    this.#listed.set(size, list);
    for (;;) {
      const dropped = list.pop() ?? [];
      const key = dropped.join();
      if (!this.#seen.has(key) || list.length === 0) {
        this.#seen.add(key);
        return dropped;
      }
    }
  }

  /** Deals a hand of features as from a shuffled pack, a new pack when one is used up: over the rows of a size each feature comes up equally often. */
  #deal(size: number, count: number): number[] {
    const hand = new Set<number>();
    let deck = this.#decks.get(size) ?? [];
    const back: number[] = [];
    while (hand.size < count) {
      if (deck.length === 0) {
        deck = Array.from({ length: this.features }, (_, index) => index);
        this.#random.shuffle(deck);
      }
      const card = deck.pop() ?? 0;
      if (hand.has(card)) {
        back.push(card);
      } else {
        hand.add(card);
      }
    }
    this.#decks.set(size, [...back, ...deck]);
    return [...hand].sort((i, j) => i - j);
  }

  #list(size: number): number[][] {
    const all: number[][] = [];
    const walk = (first: number, chosen: number[]): void => {
      if (chosen.length === size) {
        all.push(chosen);
        return;
      }
      for (let i = first; i <= this.features - (size - chosen.length); i++) {
        walk(i + 1, [...chosen, i]);
      }
    };
    walk(0, []);
    const order = Int32Array.from(all.keys());
    this.#random.shuffle(order);
    return Array.from(order, (index) => all[index] ?? []);
  }
}

/** Rows that a round was to draw of a row's size, were all of this size as likely as this one. */
function intensity({ rows, guide, guided }: Round, dropped: readonly number[], fold: number): number {
  const size = dropped.length;
  const all = rows[size] ?? 0;
  return guide && guided[size] ? (all * guide.wanted(dropped, fold)) / (guide.means[size * folds + fold] ?? 1) : all;
}

function complement(sorted: readonly number[], features: number): number[] {
  const inside = new Set(sorted);
  const rest: number[] = [];
  for (let i = 0; i < features; i++) {
    if (!inside.has(i)) {
      rest.push(i);
    }
  }
  return rest;
}
