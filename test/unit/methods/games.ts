import { type Link, probabilityLink } from "../../../src/methods/link";
import type { MaskedTarget } from "../../../src/methods/maskedTarget";
import { SeededRandom } from "../../../src/methods/maths/random";
import type { MethodRun } from "../../../src/methods/methodRun";

/** A target whose log-odds are a function of the keep-mask; counts what it is asked. */
export class Game implements MaskedTarget {
  readonly features: number;
  readonly link: Link;
  evaluations = 0;
  readonly calls: number[] = [];
  readonly #logOdds: (row: Uint8Array) => number;

  constructor(features: number, logOdds: (row: Uint8Array) => number, link: Link = probabilityLink) {
    this.features = features;
    this.link = link;
    this.#logOdds = logOdds;
  }

  /** The log-odds under one keep-mask, not counted. */
  value(row: Uint8Array): number {
    return this.#logOdds(row);
  }

  async evaluate(
    rows: Uint8Array,
    signal: AbortSignal,
    onDone?: (rowsDone: number) => void,
  ): ReturnType<MaskedTarget["evaluate"]> {
    signal.throwIfAborted();
    const count = rows.length / this.features;
    this.evaluations += count;
    this.calls.push(count);
    const values = Float64Array.from({ length: count }, (_, row) =>
      this.#logOdds(rows.subarray(row * this.features, (row + 1) * this.features)),
    );
    onDone?.(count);
    return { logit: values, logOdds: values };
  }
}

/** Log-odds with single effects, pairs and one triple, like a text with negations. */
export function pairGame(features: number, seed: number): Game {
  const random = SeededRandom.fromSeed(seed, 900);
  const bell = (): number => random.uniform() + random.uniform() + random.uniform() - 1.5;
  const single = Array.from({ length: features }, () => 1.6 * bell());
  const pairs = Array.from({ length: features }, () => ({
    i: random.below(features),
    j: random.below(features),
    value: 2.4 * bell(),
  }));
  return new Game(features, (row) => {
    let value = -0.2;
    for (let i = 0; i < features; i++) {
      value += (row[i] ?? 0) * (single[i] ?? 0);
    }
    for (const pair of pairs) {
      value += (row[pair.i] ?? 0) * (row[pair.j] ?? 0) * pair.value;
    }
    return value + 1.5 * (row[0] ?? 0) * (row[1] ?? 0) * (row[2] ?? 0);
  });
}

/** A probability that is linear in the kept features: LIME's coefficients are its own. */
export function additiveGame(effects: readonly number[], base: number): Game {
  return new Game(effects.length, (row) => {
    const probability = effects.reduce((sum, effect, i) => sum + effect * (row[i] ?? 0), base);
    return Math.log(probability / (1 - probability));
  });
}

/** A run that nobody cancels. */
export function quietRun(seed: number): MethodRun {
  return { seed, signal: new AbortController().signal };
}

/** The largest |coefficient| and the largest error relative to it. */
export function worstError(found: Float64Array, exact: Float64Array): number {
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - (exact[i] ?? 0))), 0) / largest;
}

/**
 * LIME's limit the long way: weighted least squares over all subsets, sizes equally likely, on the chosen columns, by
 * Gauss and Jordan on the normal equations. Returns the intercept first.
 */
export async function limitByLeastSquares(game: Game, columns: readonly number[]): Promise<number[]> {
  const n = game.features;
  const subsets = Array.from({ length: 2 ** n }, (_, code) =>
    Uint8Array.from({ length: n }, (_, i) => (code >>> i) & 1),
  ).filter((row) => row.includes(0));
  const { logOdds } = await game.evaluate(
    Uint8Array.from(subsets.flatMap((row) => [...row])),
    new AbortController().signal,
  );
  const size = columns.length + 1;
  const system = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const [index, row] of subsets.entries()) {
    const kept = row.reduce((sum, value) => sum + value, 0);
    const distance = 100 * (1 - Math.sqrt(kept / n));
    const alike = subsets.filter((other) => other.reduce((sum, value) => sum + value, 0) === kept).length;
    const weight = Math.exp(-(distance ** 2) / 1250) / alike;
    const x = [1, ...columns.map((i) => row[i] ?? 0)];
    const y = 1 / (1 + Math.exp(-(logOdds[index] ?? 0)));
    for (const [r, line] of system.entries()) {
      for (let c = 0; c <= size; c++) {
        line[c] = (line[c] ?? 0) + weight * (x[r] ?? 0) * (c < size ? (x[c] ?? 0) : y);
      }
    }
  }
  for (let pivot = 0; pivot < size; pivot++) {
    const line = system[pivot] ?? [];
    const scale = line[pivot] ?? 1;
    for (let c = 0; c <= size; c++) {
      line[c] = (line[c] ?? 0) / scale;
    }
    for (const [r, other] of system.entries()) {
      const factor = r === pivot ? 0 : (other[pivot] ?? 0);
      for (let c = 0; c <= size; c++) {
        other[c] = (other[c] ?? 0) - factor * (line[c] ?? 0);
      }
    }
  }
  return system.map((line) => line[size] ?? 0);
}

/** What each feature adds to a game on average over orders in which features are brought in one after the other: the definition of Shapley and Owen values, by which orders are allowed. */
export function meanEffects(game: Game, orders: readonly (readonly number[])[]): number[] {
  const values = new Array<number>(game.features).fill(0);
  for (const order of orders) {
    const row = new Uint8Array(game.features);
    let before = game.value(row);
    for (const feature of order) {
      row[feature] = 1;
      const after = game.value(row);
      values[feature] = (values[feature] ?? 0) + (after - before) / orders.length;
      before = after;
    }
  }
  return values;
}
