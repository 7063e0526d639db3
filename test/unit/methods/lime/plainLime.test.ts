import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fitLime, limeRows, plainLime } from "../../../../src/methods/lime/plainLime";
import { sigmoid } from "../../../../src/tasks/target";
import { additiveGame, Game, limitByLeastSquares, pairGame, quietRun, worstError } from "../games";

/** LIME's weight of a keep-mask, the long way. */
function weightOf(row: Uint8Array): number {
  const kept = row.reduce((sum, value) => sum + value, 0) / row.length;
  return Math.exp(-((100 * (1 - Math.sqrt(kept))) ** 2) / 1250);
}

interface GoldenCase {
  readonly name: string;
  readonly features: number;
  readonly samples: number;
  readonly keep: number | null;
  readonly rows: string;
  readonly probabilities: readonly number[];
  readonly coefficients: readonly number[];
  readonly chosen: readonly number[];
  readonly intercept: number;
  readonly r2: number;
  readonly localPrediction: number;
}

const golden = JSON.parse(readFileSync(new URL("../../../golden/lime/cases.json", import.meta.url), "utf8")) as {
  readonly cases: readonly GoldenCase[];
};

function unpack(bits: string, count: number): Uint8Array {
  const bytes = Buffer.from(bits, "base64");
  return Uint8Array.from({ length: count }, (_, i) => ((bytes[i >>> 3] ?? 0) >>> (7 - (i & 7))) & 1);
}

describe("fitLime agrees with the lime package on the same rows and predictions", () => {
  it.each(golden.cases.map((each) => [each.name, each] as const))("%s", (_, each) => {
    const rows = unpack(each.rows, each.samples * each.features);
    const fit = fitLime(rows, each.features, each.probabilities, each.keep);
    expect(fit.coefficients.length).toBe(each.features);
    for (const [feature, coefficient] of each.coefficients.entries()) {
      expect(Math.abs((fit.coefficients[feature] ?? 0) - coefficient)).toBeLessThan(1e-6);
    }
    expect([...fit.chosen].sort()).toEqual([...each.chosen].sort());
    expect(Math.abs(fit.intercept - each.intercept)).toBeLessThan(1e-6);
    expect(Math.abs(fit.score - each.r2)).toBeLessThan(1e-6);
    expect(Math.abs(fit.localPrediction - each.localPrediction)).toBeLessThan(1e-6);
  });

  it("covers all three ways of selection and 1 to 40 features", () => {
    expect(new Set(golden.cases.map((each) => (each.keep === null ? "all" : each.keep > 6))).size).toBe(3);
    expect(Math.min(...golden.cases.map((each) => each.features))).toBe(1);
    expect(Math.max(...golden.cases.map((each) => each.features))).toBe(40);
  });
});

describe("limeRows", () => {
  it("starts with the whole text, then drops 1 to n features, each number and each feature equally often", () => {
    const n = 6;
    const samples = 30_001;
    const rows = limeRows(n, samples, 5);
    expect([...rows.subarray(0, n)]).toEqual([1, 1, 1, 1, 1, 1]);
    const sizes = new Array<number>(n + 1).fill(0);
    const dropped = new Array<number>(n).fill(0);
    for (let row = 1; row < samples; row++) {
      const mask = rows.subarray(row * n, (row + 1) * n);
      const size = mask.reduce((sum, value) => sum + 1 - value, 0);
      sizes[size] = (sizes[size] ?? 0) + 1;
      mask.forEach((value, i) => {
        dropped[i] = (dropped[i] ?? 0) + 1 - value;
      });
    }
    expect(sizes[0]).toBe(0);
    const chiSquare = sizes.slice(1).reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    expect(chiSquare).toBeLessThan(20.5);
    for (const count of dropped) {
      expect(Math.abs(count - 17_500)).toBeLessThan(500);
    }
  });

  it("are the same for one seed only", () => {
    expect(limeRows(9, 50, 1)).toEqual(limeRows(9, 50, 1));
    expect(limeRows(9, 50, 1)).not.toEqual(limeRows(9, 50, 2));
  });
});

describe("plainLime", () => {
  it("asks for exactly the samples and tends to the limit", async () => {
    const game = pairGame(6, 1);
    const exact = Float64Array.from((await limitByLeastSquares(game, [0, 1, 2, 3, 4, 5])).slice(1));
    game.evaluations = 0;
    const partial: number[] = [];
    const result = await plainLime(game, { keep: null, samples: 20_000 }, quietRun(1), (fit) =>
      partial.push(fit.evaluations),
    );
    expect(game.evaluations).toBe(20_000);
    expect(result.evaluations).toBe(20_000);
    expect(result.end).toBe("samples");
    expect(partial[0]).toBe(64);
    expect(worstError(result.coefficients, exact)).toBeLessThan(0.03);
  });

  it("reports the R² of fits that each leave out the row they are held against", async () => {
    const [n, samples] = [6, 40];
    const game = pairGame(n, 3);
    const rows = limeRows(n, samples, 4);
    const rowOf = (r: number) => rows.subarray(r * n, (r + 1) * n);
    const values = Float64Array.from({ length: samples }, (_, r) => sigmoid(game.value(rowOf(r))));
    let [error, variation] = [0, 0];
    for (let r = 0; r < samples; r++) {
      const others = Array.from({ length: samples }, (_, other) => other).filter((other) => other !== r);
      const fit = fitLime(
        Uint8Array.from(others.flatMap((other) => [...rowOf(other)])),
        n,
        others.map((other) => values[other] ?? 0),
        null,
      );
      const weights = others.map((other) => weightOf(rowOf(other)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const mean = others.reduce((sum, other, at) => sum + ((weights[at] ?? 0) * (values[other] ?? 0)) / total, 0);
      const fitted = rowOf(r).reduce((sum, kept, i) => sum + kept * (fit.coefficients[i] ?? 0), fit.intercept);
      error += weightOf(rowOf(r)) * ((values[r] ?? 0) - fitted) ** 2;
      variation += weightOf(rowOf(r)) * ((values[r] ?? 0) - mean) ** 2;
    }
    const { r2 } = await plainLime(game, { keep: null, samples }, quietRun(4));
    expect(r2).toBeCloseTo(1 - error / variation, 10);
    expect(r2).toBeLessThan(fitLime(rows, n, values, null).score);
  });

  it("copes with no feature, one feature and a constant", async () => {
    const none = await plainLime(new Game(0, () => 0), { keep: null, samples: 100 }, quietRun(0));
    expect(none).toMatchObject({ evaluations: 0, standardErrors: null });
    const one = await plainLime(additiveGame([0.4], 0.3), { keep: null, samples: 100 }, quietRun(0));
    // One row weighs 1, the others next to nothing: the ridge penalty takes nearly all of the 0.4.
    expect(one.coefficients[0]).toBeGreaterThan(0);
    expect(one.coefficients[0]).toBeLessThan(0.02);
    const constant = await plainLime(new Game(4, () => 1), { keep: 2, samples: 100 }, quietRun(0));
    expect([...constant.coefficients]).toEqual([0, 0, 0, 0]);
    expect(constant.r2).toBe(1);
    expect(constant.intercept).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });
});
