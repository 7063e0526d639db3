import { describe, expect, it } from "vitest";
import { adaptiveLime } from "../../../../src/methods/lime/adaptiveLime";
import type { LimeResult } from "../../../../src/methods/lime/limeResult";
import { plainLime } from "../../../../src/methods/lime/plainLime";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Game, limitByLeastSquares, quietRun, worstError } from "../games";

/** A probability that is `constant` + Σ singles of the kept features + Σ values of the kept pairs. */
interface Quadratic {
  readonly constant: number;
  readonly singles: readonly number[];
  readonly pairs: readonly { readonly i: number; readonly j: number; readonly value: number }[];
}

/** Like a text: a few words matter, most hardly, and some neighbours turn each other round. */
function textLike(features: number): Quadratic {
  const singles = Array.from({ length: features }, (_, i) =>
    i % 11 === 3 ? 0.5 * Math.sin(i) ** 3 : (0.3 * Math.sin(7 * i)) / features,
  );
  const pairs = Array.from({ length: Math.floor(features / 17) }, (_, p) => {
    return { i: 17 * p + 3, j: 17 * p + 4, value: Math.cos(5 * p) };
  });
  // Between 0.05 and 0.95 whatever is kept.
  const bounds = [0, 0];
  for (const value of [...singles, ...pairs.map((pair) => pair.value)]) {
    const side = value < 0 ? 0 : 1;
    bounds[side] = (bounds[side] ?? 0) + value;
  }
  const [least = 0, most = 0] = bounds;
  const scale = 0.9 / (most - least);
  return {
    constant: 0.05 - least * scale,
    singles: singles.map((value) => value * scale),
    pairs: pairs.map((pair) => ({ ...pair, value: pair.value * scale })),
  };
}

function gameOf({ constant, singles, pairs }: Quadratic): Game {
  return new Game(singles.length, (row) => {
    let probability = singles.reduce((sum, value, i) => sum + value * (row[i] ?? 0), constant);
    for (const { i, j, value } of pairs) {
      probability += value * (row[i] ?? 0) * (row[j] ?? 0);
    }
    return Math.log(probability / (1 - probability));
  });
}

/**
 * LIME's limit in closed form. Of a single feature it is its own value. Of a pair it is one number for both and one for all others, by the three normal
 * equations of intercept, member and stranger, from how often 1, 2 and 3 given features are kept together.
 */
function limitOf({ singles, pairs }: Quadratic): Float64Array {
  const n = singles.length;
  const weights = Array.from({ length: n }, (_, kept) => Math.exp(-((100 * (1 - Math.sqrt(kept / n))) ** 2) / 1250));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const together = (count: number): number =>
    weights.reduce((sum, weight, kept) => {
      let chance = weight / total;
      for (let taken = 0; taken < count; taken++) {
        chance *= Math.max(0, kept - taken) / (n - taken);
      }
      return sum + chance;
    }, 0);
  const [one, two, three] = [together(1), together(2), together(3)];
  // The intercept of the first equation, put into the two others, leaves two unknowns.
  const [a, b, right] = [one + two - 2 * one * one, (n - 2) * (two - one * one), two - one * two];
  const [c, d, below] = [2 * (two - one * one), one + (n - 3) * two - (n - 2) * one * one, three - one * two];
  const member = (right * d - b * below) / (a * d - b * c);
  const stranger = (a * below - right * c) / (a * d - b * c);
  const all = pairs.reduce((sum, { value }) => sum + value, 0);
  const limit = Float64Array.from(singles, (value) => value + stranger * all);
  for (const { i, j, value } of pairs) {
    for (const at of [i, j]) {
      limit[at] = (limit[at] ?? 0) + (member - stranger) * value;
    }
  }
  return limit;
}

describe("adaptive LIME of long texts", () => {
  it.each([
    [60, 500, 0.1],
    [120, 600, 0.15],
    [400, 600, 1],
  ])(
    "is nearer to the limit than plain LIME is, with honest errors: %i features, %i evaluations, within %d of the largest",
    async (features, samples, most) => {
      const quadratic = textLike(features);
      const limit = limitOf(quadratic);
      const game = gameOf(quadratic);
      const adaptive = await adaptiveLime(game, { keep: null, samples, tolerance: 0 }, quietRun(0));
      const plain = await plainLime(game, { keep: null, samples }, quietRun(0));
      const worst = worstError(adaptive.coefficients, limit);
      expect(worst).toBeLessThan(Math.min(most, worstError(plain.coefficients, limit)));
      const scores = adaptive.coefficients.map(
        (value, i) => Math.abs(value - (limit[i] ?? 0)) / (adaptive.standardErrors?.[i] ?? 0),
      );
      expect(Math.max(...scores)).toBeLessThan(5);
      expect(scores.filter((score) => score < 1.96).length / features).toBeGreaterThan(0.85);
      expect(Math.max(...(adaptive.standardErrors ?? []))).toBeLessThan(Math.max(...limit.map(Math.abs)) / 3);
    },
  );
});

describe("the R² of long texts", () => {
  it("is that of rows the fit has not seen, though coefficients were drawn together", async () => {
    const game = gameOf(textLike(120));
    let [found, reported] = [0, 0];
    for (const seed of [0, 1, 2, 3]) {
      const result = await adaptiveLime(game, { keep: null, samples: 400, tolerance: 0 }, quietRun(seed));
      found += r2OnNewRows(game, result) / 4;
      reported += result.r2 / 4;
    }
    expect(found).toBeGreaterThan(0.7);
    expect(Math.abs(reported - found)).toBeLessThan(0.02);
  });
});

/** The weighted R² of a fit on rows drawn as LIME draws them. */
function r2OnNewRows(game: Game, { coefficients, intercept }: LimeResult): number {
  const random = SeededRandom.fromSeed(3, 77);
  const n = game.features;
  const rows = Array.from({ length: 8000 }, () => {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    random.shuffle(order);
    const row = new Uint8Array(n).fill(1);
    const size = 1 + Math.floor(random.uniform() * n);
    for (const i of order.subarray(0, size)) {
      row[i] = 0;
    }
    return { row, weight: Math.exp(-((100 * (1 - Math.sqrt((n - size) / n))) ** 2) / 1250) };
  });
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  const values = rows.map(({ row }) => 1 / (1 + Math.exp(-game.value(row))));
  const centre = rows.reduce((sum, { weight }, r) => sum + (weight / total) * (values[r] ?? 0), 0);
  let [error, variance] = [0, 0];
  for (const [r, { row, weight }] of rows.entries()) {
    const fitted = row.reduce((sum, kept, i) => sum + kept * (coefficients[i] ?? 0), intercept);
    error += weight * ((values[r] ?? 0) - fitted) ** 2;
    variance += weight * ((values[r] ?? 0) - centre) ** 2;
  }
  return 1 - error / variance;
}

describe("the closed form of these tests", () => {
  it("is the limit over all subsets", async () => {
    const quadratic = { ...textLike(8), pairs: [{ i: 1, j: 5, value: 0.1 }] };
    const enumerated = await limitByLeastSquares(gameOf(quadratic), [0, 1, 2, 3, 4, 5, 6, 7]);
    for (const [i, value] of limitOf(quadratic).entries()) {
      expect(value).toBeCloseTo(enumerated[i + 1] ?? 0, 10);
    }
  });
});
