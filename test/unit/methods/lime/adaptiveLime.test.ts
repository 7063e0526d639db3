import { describe, expect, it, vi } from "vitest";
import { ExplainError } from "../../../../src/common/errors";
import { adaptiveLime } from "../../../../src/methods/lime/adaptiveLime";
import { type LimeResult, plannedLimeEvaluations } from "../../../../src/methods/lime/limeResult";
import { plainLime } from "../../../../src/methods/lime/plainLime";
import { additiveGame, Game, limitByLeastSquares, pairGame, quietRun, worstError } from "../games";

const all = { keep: null, samples: 1000, tolerance: 0.05 };
const toTheCap = (samples: number) => ({ keep: null, samples, tolerance: 0 });
const columns = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

async function exactCoefficients(game: Game): Promise<Float64Array> {
  const result = await adaptiveLime(game, toTheCap(2 ** game.features), quietRun(0));
  expect(result.end).toBe("exact");
  return result.coefficients;
}

describe("adaptiveLime when all subsets fit the budget", () => {
  it.each([2, 3, 5, 8])("is LIME's limit by weighted least squares, n = %i", async (n) => {
    const game = pairGame(Math.max(n, 3), n);
    const target = n === 2 ? additiveGame([0.3, -0.1], 0.4) : game;
    const limit = await limitByLeastSquares(target, columns(n));
    target.evaluations = 0;
    const result = await adaptiveLime(target, all, quietRun(1));
    expect(result).toMatchObject({ end: "exact", evaluations: 2 ** n });
    expect(target.evaluations).toBe(2 ** n);
    for (let i = 0; i < n; i++) {
      expect(result.coefficients[i]).toBeCloseTo(limit[i + 1] ?? 0, 9);
    }
    expect(result.intercept).toBeCloseTo(limit[0] ?? 0, 9);
    expect([...(result.standardErrors ?? [])]).toEqual(new Array(n).fill(0));
  });

  it("keeps the K largest and fits again on these alone", async () => {
    const game = pairGame(8, 21);
    const full = await adaptiveLime(game, all, quietRun(1));
    const kept = await adaptiveLime(game, { ...all, keep: 3 }, quietRun(1));
    expect(kept.chosen).toEqual(full.chosen.slice(0, 3));
    const limit = await limitByLeastSquares(game, kept.chosen);
    for (const [position, feature] of kept.chosen.entries()) {
      expect(kept.coefficients[feature]).toBeCloseTo(limit[position + 1] ?? 0, 9);
    }
    expect(kept.intercept).toBeCloseTo(limit[0] ?? 0, 9);
    expect([...kept.coefficients].filter((value) => value !== 0).length).toBe(3);
    expect(kept.r2).toBeLessThan(full.r2);
    expect(kept.r2).toBeGreaterThan(0);
  });

  it("has an R² of 1 where the probability is linear", async () => {
    const result = await adaptiveLime(additiveGame([0.3, -0.2, 0.1, 0.05], 0.4), all, quietRun(1));
    expect(result.r2).toBeCloseTo(1, 10);
    expect(result.fullValue).toBeCloseTo(0.65, 12);
    expect(result.localPrediction).toBeCloseTo(0.65, 10);
  });
});

describe("adaptiveLime when it draws", () => {
  it("finds the coefficients of a linear probability over 30 features", async () => {
    const effects = columns(30).map((i) => (0.4 * Math.sin(3 * i + 1)) / 10);
    const result = await adaptiveLime(additiveGame(effects, 0.45), toTheCap(400), quietRun(3));
    expect(worstError(result.coefficients, Float64Array.from(effects))).toBeLessThan(0.03);
    expect(result.r2).toBeGreaterThan(0.99);
  });

  it("stops at the accuracy asked for and says so, or at the cap and says so", async () => {
    const game = pairGame(12, 5);
    const exact = await exactCoefficients(game);
    game.evaluations = 0;
    const reached = await adaptiveLime(game, { ...all, samples: 4000 }, quietRun(2));
    expect(reached.end).toBe("tolerance");
    expect(game.evaluations).toBe(reached.evaluations);
    expect(reached.evaluations).toBeLessThan(4000);
    const largest = Math.max(...exact.map(Math.abs));
    expect(Math.max(...(reached.standardErrors ?? [1]))).toBeLessThan(0.056 * largest);
    expect(worstError(reached.coefficients, exact)).toBeLessThan(0.2);
    const capped = await adaptiveLime(game, { keep: null, samples: 100, tolerance: 0.001 }, quietRun(2));
    expect(capped).toMatchObject({ end: "samples", evaluations: 100 });
  });

  it("shows a first estimate after 64 evaluations and never asks for more than planned", async () => {
    const game = pairGame(20, 6);
    const partial: LimeResult[] = [];
    const progress: number[] = [];
    const run = { ...quietRun(1), onProgress: (done: number) => progress.push(done) };
    const result = await adaptiveLime(game, toTheCap(500), run, (estimate) => partial.push(estimate));
    expect(game.calls[0]).toBe(64);
    expect(partial[0]).toMatchObject({ evaluations: 64, end: null });
    expect(partial.length).toBe(game.calls.length - 1);
    expect(result.evaluations).toBe(game.evaluations);
    expect(game.evaluations).toBe(plannedLimeEvaluations(20, { mode: "adaptive", samples: 500 }));
    expect(progress.at(-1)).toBe(500);
  });

  it("gives the same result for one seed only", async () => {
    const results = [];
    for (const seed of [4, 4, 5]) {
      results.push(await adaptiveLime(pairGame(16, 7), toTheCap(200), quietRun(seed)));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]?.coefficients).not.toEqual(results[0]?.coefficients);
  });

  it("needs at most 0.25 of plain LIME's 1,000 evaluations and 0.13 of its 4,000 for the same error", async () => {
    const errors = { few: 0, some: 0, thousand: 0, fourThousand: 0 };
    for (const gameSeed of [1, 2]) {
      const game = pairGame(12, gameSeed);
      const exact = await exactCoefficients(game);
      for (let seed = 0; seed < 2; seed++) {
        const error = (result: LimeResult): number => worstError(result.coefficients, exact);
        errors.few += error(await adaptiveLime(game, toTheCap(250), quietRun(seed)));
        errors.some += error(await adaptiveLime(game, toTheCap(520), quietRun(seed)));
        errors.thousand += error(await plainLime(game, { keep: null, samples: 1000 }, quietRun(seed)));
        errors.fourThousand += error(await plainLime(game, { keep: null, samples: 4000 }, quietRun(seed)));
      }
    }
    expect(errors.few).toBeLessThan(errors.thousand);
    expect(errors.some).toBeLessThan(errors.fourThousand);
  });

  it.each([
    [10, 150, 24],
    [13, 110, 14],
  ])(
    "has honest standard errors, n = %i with %i evaluations",
    async (n, samples, seeds) => await expectHonestErrors(pairGame(n, 31), samples, seeds),
    240_000,
  );
});

describe("adaptiveLime's R²", () => {
  it("is that of rows the fit has not seen", async () => {
    const game = pairGame(10, 31);
    let [found, reported] = [0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const result = await adaptiveLime(game, toTheCap(64), quietRun(seed));
      found += r2OverAll(game, result) / 40;
      reported += result.r2 / 40;
    }
    expect(Math.abs(reported - found)).toBeLessThan(0.02);
  });
});

/** The weighted R² of a fit over all of LIME's rows, sizes equally likely. */
function r2OverAll(game: Game, { coefficients, intercept }: LimeResult): number {
  const n = game.features;
  const rows = Array.from({ length: 2 ** n - 1 }, (_, code) => Uint8Array.from(columns(n), (i) => (code >>> i) & 1));
  const sizes = rows.map((row) => row.reduce((sum, kept) => sum + kept, 0));
  const alike = columns(n + 1).map((size) => sizes.filter((other) => other === size).length);
  const weights = sizes.map((size) => Math.exp(-((100 * (1 - Math.sqrt(size / n))) ** 2) / 1250) / (alike[size] ?? 1));
  const values = rows.map((row) => 1 / (1 + Math.exp(-game.value(row))));
  const mean = (of: (row: number) => number) =>
    weights.reduce((sum, weight, row) => sum + weight * of(row), 0) / weights.reduce((sum, weight) => sum + weight, 0);
  const centre = mean((row) => values[row] ?? 0);
  const fitted = rows.map((row) => row.reduce((sum, kept, i) => sum + kept * (coefficients[i] ?? 0), intercept));
  const error = mean((row) => ((values[row] ?? 0) - (fitted[row] ?? 0)) ** 2);
  return 1 - error / mean((row) => ((values[row] ?? 0) - centre) ** 2);
}

describe("adaptiveLime where most rows are saturated", () => {
  it("has honest standard errors and no bias though rows come with unequal chances", async () => {
    const mild = pairGame(12, 33);
    await expectHonestErrors(new Game(12, (row) => 2.5 * mild.value(row) + 1), 200, 14);
  });
});

describe("adaptiveLime where the probability is nearly always 0 or 1", () => {
  it.each([
    [1, -8],
    [1.5, 9],
  ])(
    "has honest standard errors: log-odds times %d, plus %d",
    async (scale, shift) => {
      let [count, inside, worst] = [0, 0, 0];
      for (const gameSeed of [33, 34]) {
        const mild = pairGame(14, gameSeed);
        const game = new Game(14, (row) => scale * mild.value(row) + shift);
        const exact = await exactCoefficients(game);
        for (let seed = 0; seed < 4; seed++) {
          const { coefficients, standardErrors } = await adaptiveLime(game, toTheCap(300), quietRun(seed));
          for (const [i, value] of coefficients.entries()) {
            const z = Math.abs(value - (exact[i] ?? 0)) / (standardErrors?.[i] ?? 0);
            count++;
            inside += z < 1.96 ? 1 : 0;
            worst = Math.max(worst, z);
          }
        }
      }
      expect(inside / count).toBeGreaterThan(0.92);
      expect(worst).toBeLessThan(4);
    },
    240_000,
  );
});

/** Errors are inside two standard errors about as often as they should be, and their mean over the seeds is what chance allows: cross-fitting leaves no bias. */
async function expectHonestErrors(game: Game, samples: number, seeds: number): Promise<void> {
  const exact = await exactCoefficients(game);
  const errors: Float64Array[] = [];
  let inside = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const { coefficients, standardErrors } = await adaptiveLime(game, toTheCap(samples), quietRun(seed));
    const error = coefficients.map((value, i) => value - (exact[i] ?? 0));
    inside += error.filter((value, i) => Math.abs(value) <= 2 * (standardErrors?.[i] ?? 0)).length;
    errors.push(error);
  }
  const coverage = inside / (exact.length * seeds);
  expect(coverage).toBeGreaterThan(0.85);
  expect(coverage).toBeLessThan(0.99);
  for (const i of exact.keys()) {
    const own = errors.map((error) => error[i] ?? 0);
    const bias = own.reduce((sum, value) => sum + value, 0) / seeds;
    const spread = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0) / seeds);
    expect(Math.abs(bias)).toBeLessThan((4.5 * spread) / Math.sqrt(seeds));
  }
}

describe("adaptiveLime on odd input", () => {
  it("returns nothing for no feature and the difference for one", async () => {
    const none = new Game(0, () => 0);
    expect(await adaptiveLime(none, all, quietRun(0))).toMatchObject({ evaluations: 0, end: "exact", chosen: [] });
    expect(none.calls).toEqual([]);
    const one = await adaptiveLime(additiveGame([0.4], 0.3), all, quietRun(0));
    expect(one).toMatchObject({ evaluations: 2, end: "exact", chosen: [0] });
    expect(one.coefficients[0]).toBeCloseTo(0.4, 12);
    expect(one.intercept).toBeCloseTo(0.3, 12);
  });

  it("stops at once where nothing changes, at any level of saturation", async () => {
    for (const level of [0, 3, 60, -900, Number.POSITIVE_INFINITY]) {
      const result = await adaptiveLime(new Game(25, () => level), all, quietRun(1));
      expect(result).toMatchObject({ end: "tolerance", evaluations: 64, r2: 1 });
      expect(Math.max(...result.coefficients.map(Math.abs))).toBeLessThan(1e-6);
    }
  });

  it("finds the one token that matters", async () => {
    const result = await adaptiveLime(new Game(24, (row) => (row[7] ? 30 : -30)), all, quietRun(1));
    expect(result.chosen[0]).toBe(7);
    expect(result.coefficients[7]).toBeCloseTo(1, 2);
  });

  it("gives finite figures for tiny caps", async () => {
    for (const samples of [1, 16, 20, 40]) {
      const result = await adaptiveLime(pairGame(20, 1), toTheCap(samples), quietRun(1));
      expect(result.evaluations).toBe(Math.max(16, samples));
      for (const value of [...result.coefficients, ...(result.standardErrors ?? []), result.r2]) {
        expect(Number.isFinite(value)).toBe(true);
      }
    }
  });

  it("gives finite figures for 2,000 features", async () => {
    const game = new Game(2000, (row) => (row[3] ?? 0) * 2 - (row[1500] ?? 0) * 3 + 0.5);
    const result = await adaptiveLime(game, toTheCap(300), quietRun(1));
    expect(result.evaluations).toBe(300);
    expect([...result.coefficients].every(Number.isFinite)).toBe(true);
    const strong = (result.coefficients[3] ?? 0) - (result.coefficients[1500] ?? 0);
    expect(strong).toBeGreaterThan(0);
  });

  it("rejects as cancelled when the signal aborts while it computes", async () => {
    const controller = new AbortController();
    const run = { seed: 1, signal: controller.signal };
    const finished = adaptiveLime(pairGame(28, 2), toTheCap(2000), run, () => setImmediate(() => controller.abort()));
    await expect(finished).rejects.toSatisfy((error) => error instanceof ExplainError && error.reason === "cancelled");
  });

  it.each([14, 28, 300])(
    "lets the event loop turn while it computes, so that it hears of a cancellation, n = %i",
    async (n) => {
      // A clock that goes on by a millisecond whenever it is looked at: turns depend on how often the code asks whether one is over.
      let looks = 0;
      const clock = vi.spyOn(performance, "now").mockImplementation(() => ++looks);
      let turns = 0;
      let running = true;
      const turn = (): void => {
        turns++;
        if (running) {
          setImmediate(turn);
        }
      };
      setImmediate(turn);
      await adaptiveLime(pairGame(n, 2), toTheCap(500), quietRun(1));
      running = false;
      clock.mockRestore();
      expect(turns).toBeGreaterThan(1000);
    },
  );
});
