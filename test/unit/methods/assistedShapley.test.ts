import { describe, expect, it } from "vitest";
import { leastShare } from "../../../src/methods/maths/parabola";
import { SeededRandom } from "../../../src/methods/maths/random";
import { Pacer } from "../../../src/methods/pacer";
import { assistedFit } from "../../../src/methods/shapley/assistedFit";
import { CoalitionDesign } from "../../../src/methods/shapley/coalitions";
import { fitDistanceSurrogates } from "../../../src/methods/shapley/distanceSurrogate";
import { type EvaluatedPair, kernelFit } from "../../../src/methods/shapley/kernelFit";
import { allSubsets, exactShapley } from "../../../src/methods/shapley/subsets";
import { Game, pairGame } from "./games";

const pacer = new Pacer(new AbortController().signal);

/** A game with effects of every order. */
function curved(features: number, seed: number): Game {
  const inner = pairGame(features, seed);
  return new Game(features, (row) => 4 * Math.tanh(inner.value(row) / 3));
}

/** A game in which subsets that differ by one feature have nothing in common. */
function rough(features: number): Game {
  return new Game(features, (row) => Math.sin(1e4 * row.reduce((sum, kept, i) => sum + kept * Math.sqrt(i + 2), 0)));
}

function drawnPairs(game: Game, count: number, seed: number): { pairs: EvaluatedPair[]; total: number } {
  const { features } = game;
  const design = new CoalitionDesign(features, SeededRandom.fromSeed(seed, 1));
  const [base, full] = [0, 1].map((kept) => game.value(new Uint8Array(features).fill(kept)));
  const total = (full ?? Number.NaN) - (base ?? Number.NaN);
  const pairs = design.draw(count).map(({ kept, stratum }) => {
    const [one, other] = [game.value(kept), game.value(kept.map((each) => 1 - each))];
    return { kept, stratum, difference: one - other, excess: 0 };
  });
  return { pairs: pairs.map((pair) => ({ ...pair, ...design.of(pair.stratum) })), total };
}

async function exactOf(game: Game): Promise<Float64Array> {
  const { logit } = await game.evaluate(allSubsets(game.features), new AbortController().signal);
  return exactShapley(logit, game.features);
}

/** Root mean square errors of least squares alone and with surrogates, over some seeds. */
async function errorsOf(game: Game, count: number): Promise<{ alone: number; assisted: number }> {
  const exact = await exactOf(game);
  const squares = { alone: 0, assisted: 0 };
  for (let seed = 0; seed < 12; seed++) {
    const { pairs, total } = drawnPairs(game, count, seed);
    for (const [name, find] of [["alone", kernelFit] as const, ["assisted", assistedFit] as const]) {
      const { scores } = await find(pairs, total, pacer);
      expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) - total)).toBeLessThan(1e-10);
      squares[name] += scores.reduce((sum, score, i) => sum + (score - (exact[i] ?? 0)) ** 2, 0);
    }
  }
  return { alone: Math.sqrt(squares.alone), assisted: Math.sqrt(squares.assisted) };
}

describe("surrogates of Kernel SHAP", () => {
  it.each([4, 7, 8])(
    "have the Shapley values that their values on all subsets have, with %i features",
    async (features) => {
      const { pairs, total } = drawnPairs(curved(features, 3), 2 ** (features - 1) - 1, 0);
      const { scores, guesses } = await fitDistanceSurrogates(pairs, total, pacer);
      const said = pairs.map((pair, index) => ({ ...pair, difference: guesses[index] ?? Number.NaN }));
      const fitted = await kernelFit(
        said,
        scores.reduce((sum, score) => sum + score, 0),
        pacer,
      );
      for (const [i, score] of fitted.scores.entries()) {
        expect(scores[i]).toBeCloseTo(score, 10);
      }
    },
  );

  it("take a third of the error off or so, where effects of every order are strong", async () => {
    const { alone, assisted } = await errorsOf(curved(12, 5), 200);
    expect(assisted).toBeLessThan(0.7 * alone);
  });

  it("do no harm where they know nothing", async () => {
    const { alone, assisted } = await errorsOf(rough(11), 150);
    expect(assisted).toBeLessThan(1.05 * alone);
  });

  it("leave few pairs, and all of them, to least squares", async () => {
    for (const count of [20, 127]) {
      const { pairs, total } = drawnPairs(curved(8, 2), count, 1);
      expect(await assistedFit(pairs, total, pacer)).toEqual(await kernelFit(pairs, total, pacer));
    }
  });
});

describe("the least place of a parabola", () => {
  it("is where its slope is zero, or the nearer end", () => {
    const through = (at: number, bend: number) => [0, 0.5, 1].map((x) => 3 + bend * (x - at) ** 2);
    for (const [at, bend, least] of [
      [0.3, 2, 0.3],
      [-1, 2, 0],
      [1.5, 0.1, 1],
      [0.2, -1, 1],
      [0.8, -1, 0],
    ]) {
      const [zero = 0, half = 0, one = 0] = through(at ?? 0, bend ?? 0);
      expect(leastShare(zero, half, one)).toBeCloseTo(least ?? 0, 10);
    }
  });
});
