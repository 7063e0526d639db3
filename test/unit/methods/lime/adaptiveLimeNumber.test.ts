import { describe, expect, it } from "vitest";
import { adaptiveLime } from "../../../../src/methods/lime/adaptiveLime";
import { numberLink } from "../../../../src/methods/link";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { Game, quietRun, worstError } from "../games";

/** A plain number: effects of single features and, for every second one, of a pair with the next; both in units of `scale`. */
function numberGame(features: number, scale: number, pairs: number): { game: Game; single: Float64Array } {
  const random = SeededRandom.fromSeed(features, 901);
  const single = Float64Array.from({ length: features }, () => scale * random.normal());
  const game = new Game(
    features,
    (row) => {
      let value = 3 * scale;
      for (let i = 0; i < features; i++) {
        value += (single[i] ?? 0) * (row[i] ?? 0) + (i % 2) * pairs * scale * (row[i] ?? 0) * (row[i - 1] ?? 0);
      }
      return value;
    },
    numberLink,
  );
  return { game, single };
}

describe("adaptive LIME of a plain number", () => {
  it.each([
    [12, [1 / 128, 1, 1024]],
    [60, [1024]],
  ])("finds the coefficients of a sum of %d features, of whatever size", async (features, scales) => {
    for (const scale of scales) {
      const { game, single } = numberGame(features, scale, 0);
      const options = { keep: null, samples: 400, tolerance: 0.05 };
      const found = await adaptiveLime(game, options, quietRun(3));
      expect(found.end).toBe("tolerance");
      expect(worstError(found.coefficients, single)).toBeLessThan(0.07);
      expect(found.fullValue).toBe(game.value(new Uint8Array(features).fill(1)));
    }
  });

  it("goes by no unit: a number sixteen times as large has scores sixteen times as large", async () => {
    const options = { keep: null, samples: 300, tolerance: 0.05 };
    const [small, large] = await Promise.all(
      [1, 16].map((scale) => adaptiveLime(numberGame(20, scale, 0.7).game, options, quietRun(3))),
    );
    expect(large?.evaluations).toBe(small?.evaluations);
    const part = large?.coefficients.map((value) => value / 16) ?? new Float64Array();
    expect(worstError(part, small?.coefficients ?? new Float64Array())).toBeLessThan(1e-9);
  });

  it("is exact where all subsets are seen, beyond what a probability could be", async () => {
    const { game } = numberGame(8, 50, 0.5);
    const exact = await adaptiveLime(game, { keep: null, samples: 256, tolerance: 0.05 }, quietRun(3));
    const drawn = await adaptiveLime(game, { keep: null, samples: 200, tolerance: 0.001 }, quietRun(3));
    expect(exact.end).toBe("exact");
    expect(Math.abs(exact.fullValue)).toBeGreaterThan(40);
    expect(worstError(drawn.coefficients, exact.coefficients)).toBeLessThan(0.02);
  });
});
