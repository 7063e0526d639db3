import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../src/methods/maths/random";
import { Pacer } from "../../../src/methods/pacer";
import { CoalitionDesign } from "../../../src/methods/shapley/coalitions";
import { kernelFit } from "../../../src/methods/shapley/kernelFit";
import { fewestOfKernel, interactionWalk, kernelWalk, plannedOfKernel } from "../../../src/methods/shapley/kernelWalk";
import { permutationWalk, plannedOrders } from "../../../src/methods/shapley/permutationWalk";
import { type ShapleyResult, shapleySamples } from "../../../src/methods/shapley/sampledShapley";
import { allSubsets, choose, exactShapley } from "../../../src/methods/shapley/subsets";
import { Game, meanEffects, pairGame, quietRun } from "./games";
import { maskedQuestion } from "./question";

/** The game of the specification: x0 + 2x1 + 3x0x1 − x2 + 4x1x2x3. */
const written = new Game(4, ([a = 0, b = 0, c = 0, d = 0]) => a + 2 * b + 3 * a * b - c + 4 * b * c * d);
const writtenValues = [2.5, 29 / 6, 1 / 3, 4 / 3];

/** A sum of products of kept features, bent to t + curve·t². */
interface WrittenGame {
  readonly features: number;
  readonly game: readonly (readonly [number, readonly number[]])[];
  readonly curve: number;
}

interface KernelCase extends WrittenGame {
  readonly pairs: readonly (readonly [readonly number[], number])[];
  readonly values: readonly number[];
}

interface InteractionCase extends WrittenGame {
  readonly singles: readonly number[];
  readonly pairs: readonly number[];
}

const golden: { readonly kernel: readonly KernelCase[]; readonly interactions: readonly InteractionCase[] } =
  JSON.parse(readFileSync(new URL("../../golden/shapley/cases.json", import.meta.url), "utf8"));

function gameOf({ features, game, curve }: WrittenGame): Game {
  return new Game(features, (row) => {
    const total = game.reduce((t, [value, members]) => t + (members.every((i) => row[i] === 1) ? value : 0), 0.25);
    return total + curve * total ** 2;
  });
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}

/** Shapley values by their definition: the mean over all orders of what a feature adds. */
function byOrders(game: Game): number[] {
  const orders = (left: readonly number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((one) => orders(left.filter((i) => i !== one)).map((rest) => [one, ...rest]));
  const all = orders(Array.from({ length: game.features }, (_, i) => i));
  return meanEffects(game, all);
}

async function exactOf(game: Game): Promise<Float64Array> {
  const { logit } = await game.evaluate(allSubsets(game.features), new AbortController().signal);
  return exactShapley(logit, game.features);
}

/** A game with effects of every order. */
function curved(features: number, seed: number): Game {
  const inner = pairGame(Math.max(3, features), seed);
  return new Game(features, (row) => 4 * Math.tanh(inner.value(row) / 3));
}

function expectAdditive(game: Game, { scores, baseValue, fullValue }: ShapleyResult): void {
  expect(baseValue).toBe(game.value(new Uint8Array(game.features)));
  expect(fullValue).toBe(game.value(new Uint8Array(game.features).fill(1)));
  expect(Math.abs(baseValue + sum(scores) - fullValue)).toBeLessThan(1e-9);
}

describe("exact Shapley values", () => {
  it("are those of the written game", async () => {
    const found = await exactOf(written);
    for (const [feature, value] of writtenValues.entries()) {
      expect(found[feature]).toBeCloseTo(value, 12);
    }
  });

  it.each([1, 2, 5, 7])("are the mean over all orders: %i features", async (features) => {
    const game = pairGame(Math.max(3, features), features);
    const found = await exactOf(game);
    for (const [feature, value] of byOrders(game).entries()) {
      expect(found[feature]).toBeCloseTo(value, 10);
    }
  });
});

/** How many of the 95 % intervals of a method hold the exact value, over many seeds. */
async function coverage(game: Game, find: (seed: number) => Promise<ShapleyResult>, seeds: number): Promise<number> {
  const exact = await exactOf(game);
  let [held, all] = [0, 0];
  for (let seed = 0; seed < seeds; seed++) {
    const { scores, standardErrors } = await find(seed);
    for (const [feature, value] of exact.entries()) {
      const error = standardErrors[feature] ?? Number.NaN;
      held += Math.abs((scores[feature] ?? Number.NaN) - value) <= 1.96 * error + 1e-12 ? 1 : 0;
      all++;
    }
  }
  return held / all;
}

describe("permutation SHAP", () => {
  it("evaluates every subset where the budget covers them", async () => {
    written.evaluations = 0;
    const result = await permutationWalk(written, { samples: 16, tolerance: 0.1 }, quietRun(3));
    expect(written.evaluations).toBe(plannedOrders(4, 16));
    expect(result).toMatchObject({ evaluations: 16, end: "exact", standardErrors: new Float64Array(4) });
    for (const [feature, value] of writtenValues.entries()) {
      expect(result.scores[feature]).toBeCloseTo(value, 12);
    }
    expectAdditive(written, result);
    const one = await permutationWalk(
      new Game(1, (row) => 3 * (row[0] ?? 0) + 1),
      { samples: 2, tolerance: 0.1 },
      quietRun(0),
    );
    expect([one.baseValue, ...one.scores, one.fullValue]).toEqual([1, 3, 4]);
  });

  it("adds up after every round, keeps to whole orders within the budget, and is the same for the same seed", async () => {
    const game = curved(20, 8);
    const seen: ShapleyResult[] = [];
    const limits = { samples: 1000, tolerance: 1e-6 };
    const last = await permutationWalk(game, limits, quietRun(5), (result) => seen.push(result()));
    expect(seen.length).toBeGreaterThan(3);
    for (const result of [...seen, last]) {
      expectAdditive(game, result);
    }
    expect(last).toMatchObject({ end: "samples", evaluations: 2 + 26 * 38 });
    expect(game.evaluations).toBe(last.evaluations);
    expect(plannedOrders(20, 1000)).toBe(last.evaluations);
    expect(await permutationWalk(curved(20, 8), limits, quietRun(5))).toEqual(last);
    expect((await permutationWalk(curved(20, 8), limits, quietRun(6))).scores).not.toEqual(last.scores);
  });

  it("comes to the exact values, and stops early once it has", async () => {
    const game = curved(10, 2);
    const exact = await exactOf(game);
    const largest = Math.max(...exact.map(Math.abs));
    game.evaluations = 0;
    const result = await permutationWalk(
      { features: 10, evaluate: game.evaluate.bind(game) },
      { samples: 1000, tolerance: 0.1 },
      quietRun(1),
    );
    expect(result.end).toBe("tolerance");
    expect(result.evaluations).toBeLessThan(1000);
    for (const [feature, value] of exact.entries()) {
      expect(Math.abs((result.scores[feature] ?? Number.NaN) - value)).toBeLessThan(0.1 * largest);
    }
  });

  it("knows a sum after eight orders", async () => {
    const game = new Game(12, (row) => row.reduce((total, kept, i) => total + kept * (i - 3), 2));
    const result = await permutationWalk(game, { samples: 500, tolerance: 0.1 }, quietRun(0));
    expect(result).toMatchObject({ end: "tolerance", evaluations: 2 + 9 * 22 });
    for (const [feature, score] of result.scores.entries()) {
      expect(score).toBeCloseTo(feature - 3, 10);
    }
  });

  it("says nothing of its error after one order", async () => {
    const { standardErrors } = await permutationWalk(pairGame(40, 1), { samples: 80, tolerance: 0.1 }, quietRun(0));
    expect(standardErrors.every((error) => error === Number.POSITIVE_INFINITY)).toBe(true);
  });

  it.each([
    [120, 0.9],
    [400, 0.93],
  ])("has intervals that hold the exact values, with %i evaluations", async (samples, least) => {
    const game = curved(9, 4);
    const find = (seed: number) => permutationWalk(game, { samples, tolerance: 1e-6 }, quietRun(seed));
    const held = await coverage(game, find, 300);
    expect(held).toBeGreaterThan(least);
  });
});

describe("the evaluations of Shapley values", () => {
  const limits = { fewest: 60, usual: 118 };

  it("are what was asked for in equal parts, or what the effort affords, and all subsets at most", () => {
    const asked = (features: number, samples: number | null) => {
      const question = maskedQuestion(features, { shapley: { samples, tolerance: 0.1 } });
      return shapleySamples(question, limits);
    };
    expect(asked(30, 500)).toBe(500);
    expect(asked(5, 500)).toBe(32);
    expect(asked(30, null)).toBeGreaterThanOrEqual(118);
    expect(() => asked(30, 59)).toThrow("need at least 60 evaluations");
    expect(asked(5, 32)).toBe(32);
  });
});

describe("the design of Kernel SHAP", () => {
  it("weights subsets as the Shapley kernel does", () => {
    const weights = [0.2, 0.0666667, 0.0666667, 0.2];
    const design = new CoalitionDesign(5, SeededRandom.fromSeed(7));
    for (const { kept, stratum } of design.draw(15)) {
      expect(design.of(stratum).weight).toBeCloseTo(weights[sum(kept) - 1] ?? Number.NaN, 7);
    }
  });

  it.each([2, 3, 4, 5, 8, 11])(
    "draws each pair of complements of %i features once, the weights of a size adding up",
    (features) => {
      const design = new CoalitionDesign(features, SeededRandom.fromSeed(7));
      const first = design.draw(CoalitionDesign.fewestPairs(features));
      expect(new Set(first.map(({ kept }) => Math.min(sum(kept), features - sum(kept)))).size).toBe(
        Math.floor(features / 2),
      );
      const drawn = [...first, ...design.draw(10_000)];
      const subsets = drawn.flatMap(({ kept }) => [kept.join(""), kept.map((one) => 1 - one).join("")]);
      expect(new Set(subsets).size).toBe(2 ** features - 2);
      expect(subsets).toHaveLength(2 ** features - 2);
      for (const { kept, stratum } of drawn) {
        const { weight, undrawn } = design.of(stratum);
        expect(undrawn).toBe(0);
        const size = sum(kept);
        expect(weight).toBeCloseTo((features - 1) / (choose(features, size) * size * (features - size)), 12);
      }
    },
  );

  it("goes on with larger draws from smaller ones, and takes every size however many features there are", () => {
    const draw = (...counts: number[]) => {
      const design = new CoalitionDesign(300, SeededRandom.fromSeed(1));
      return counts.flatMap((count) => design.draw(count)).map(({ kept }) => kept.join(""));
    };
    expect(draw(500)).toEqual(draw(449, 51));
    expect(new Set(draw(500)).size).toBe(500);
  });
});

describe("Kernel SHAP", () => {
  it.each(golden.kernel)(
    "agrees with shap on the same subsets: $features features, $pairs.length pairs",
    async (given) => {
      const game = gameOf(given);
      const pairs = given.pairs.map(([row, weight]) => {
        const kept = Uint8Array.from(row);
        return {
          kept,
          difference: game.value(kept) - game.value(kept.map((one) => 1 - one)),
          excess: 0,
          weight,
          undrawn: 0,
        };
      });
      const total = game.value(new Uint8Array(given.features).fill(1)) - game.value(new Uint8Array(given.features));
      const { scores } = await kernelFit(pairs, total, new Pacer(new AbortController().signal));
      for (const [feature, value] of given.values.entries()) {
        expect(Math.abs((scores[feature] ?? Number.NaN) - value)).toBeLessThan(1e-5);
      }
    },
  );

  it.each([1, 2, 3, 4, 8, 10])("is exact where every subset is evaluated: %i features", async (features) => {
    const game = features === 4 ? written : curved(features, features);
    const result = await kernelWalk(game, { samples: 2 ** features, tolerance: 1e-6 }, quietRun(2));
    expect(result).toMatchObject({
      end: "exact",
      evaluations: 2 ** features,
      standardErrors: new Float64Array(features),
    });
    expectAdditive(game, result);
    for (const [feature, value] of (features === 4 ? writtenValues : await exactOf(game)).entries()) {
      expect(result.scores[feature]).toBeCloseTo(value, 9);
    }
  });

  it("adds up after every round, keeps to the budget, and is the same for the same seed", async () => {
    const game = curved(20, 8);
    const seen: ShapleyResult[] = [];
    const limits = { samples: 1001, tolerance: 1e-6 };
    const last = await kernelWalk(game, limits, quietRun(5), (result) => seen.push(result()));
    expect(seen.length).toBeGreaterThan(3);
    for (const result of [...seen, last]) {
      expectAdditive(game, result);
    }
    expect(last).toMatchObject({ end: "samples", evaluations: 1000 });
    expect(game.evaluations).toBe(plannedOfKernel(20, 1001));
    expect(await kernelWalk(curved(20, 8), limits, quietRun(5))).toEqual(last);
    expect((await kernelWalk(curved(20, 8), limits, quietRun(6))).scores).not.toEqual(last.scores);
  });

  it("knows pairs from the fewest evaluations, and stops", async () => {
    const game = new Game(30, (row) => row.reduce((total, kept, i) => total + kept * ((row[i - 1] ?? 0) + i), 0));
    const result = await kernelWalk(game, { samples: 1000, tolerance: 0.1 }, quietRun(0));
    expect(result).toMatchObject({ end: "tolerance", evaluations: fewestOfKernel(30) });
    for (const [feature, score] of result.scores.entries()) {
      expect(score).toBeCloseTo(feature + (feature === 0 || feature === 29 ? 0.5 : 1), 9);
    }
  });

  it.each([
    [60, 0.9, 300],
    [120, 0.93, 200],
    [300, 0.93, 60],
  ])("has intervals that hold the exact values, with %i evaluations", async (samples, least, seeds) => {
    const game = curved(9, 4);
    const find = (seed: number) => kernelWalk(game, { samples, tolerance: 1e-6 }, quietRun(seed));
    const held = await coverage(game, find, seeds);
    expect(held).toBeGreaterThan(least);
    expect(held).toBeLessThan(0.99);
  });

  it("is more exact than Permutation SHAP for as many evaluations", async () => {
    const game = curved(12, 5);
    const exact = await exactOf(game);
    const error = async (walk: typeof kernelWalk) => {
      let squares = 0;
      for (let seed = 0; seed < 8; seed++) {
        const { scores } = await walk(game, { samples: 400, tolerance: 1e-6 }, quietRun(seed));
        squares += sum(scores.map((score, i) => (score - (exact[i] ?? 0)) ** 2));
      }
      return Math.sqrt(squares / 8);
    };
    const [kernel, permutation] = [await error(kernelWalk), await error(permutationWalk)];
    expect(kernel).toBeLessThan(permutation);
  });
});

/** The single parts of k-SII: scores without half of the pairs they are in. */
function singles({ scores, pairs }: ShapleyResult): number[] {
  const parts = Array.from(scores);
  let at = 0;
  for (let i = 0; i < scores.length; i++) {
    for (let j = i + 1; j < scores.length; j++, at++) {
      const half = (pairs?.values[at] ?? Number.NaN) / 2;
      parts[i] = (parts[i] ?? 0) - half;
      parts[j] = (parts[j] ?? 0) - half;
    }
  }
  return parts;
}

describe("Shapley interactions", () => {
  it("are those of the written game", async () => {
    const result = await interactionWalk(written, { samples: 16, tolerance: 0.1 }, quietRun(0));
    expect(result.end).toBe("exact");
    for (const [at, value] of [3, 0, 0, 2, 2, 2].entries()) {
      expect(result.pairs?.values[at]).toBeCloseTo(value, 10);
    }
  });

  it.each(golden.interactions)(
    "agree with shapiq where every subset is evaluated: $features features",
    async (given) => {
      const game = gameOf(given);
      const limits = { samples: 2 ** given.features, tolerance: 0.1 };
      const result = await interactionWalk(game, limits, quietRun(1));
      for (const [at, value] of given.pairs.entries()) {
        expect(Math.abs((result.pairs?.values[at] ?? Number.NaN) - value)).toBeLessThan(1e-5);
        expect(result.pairs?.standardErrors[at]).toBe(0);
      }
      const parts = singles(result);
      for (const [feature, value] of given.singles.entries()) {
        expect(Math.abs((parts[feature] ?? Number.NaN) - value)).toBeLessThan(1e-5);
      }
      expect(sum(parts) + sum(result.pairs?.values ?? [])).toBeCloseTo(result.fullValue - result.baseValue, 9);
    },
  );

  it.each([
    [10, 300, 20],
    [11, 800, 10],
  ])("have intervals that hold the exact values, %i features with %i evaluations", async (features, samples, seeds) => {
    const game = curved(features, 4);
    const exact = await interactionWalk(game, { samples: 2 ** features, tolerance: 1e-6 }, quietRun(0));
    let [held, all] = [0, 0];
    for (let seed = 0; seed < seeds; seed++) {
      const { pairs } = await interactionWalk(game, { samples, tolerance: 1e-6 }, quietRun(seed));
      for (const [at, value] of (exact.pairs?.values ?? new Float64Array()).entries()) {
        const error = Math.abs((pairs?.values[at] ?? Number.NaN) - value);
        held += error <= 1.96 * (pairs?.standardErrors[at] ?? Number.NaN) ? 1 : 0;
        all++;
      }
    }
    expect(held / all).toBeGreaterThan(0.92);
  });

  it("add up, sampled too, whatever the number of features", async () => {
    const game = curved(40, 3);
    const result = await interactionWalk(game, { samples: 600, tolerance: 1e-6 }, quietRun(4));
    expectAdditive(game, result);
    expect(result.pairs?.values).toHaveLength(780);
    expect(result.end).toBe("samples");
  });
});
