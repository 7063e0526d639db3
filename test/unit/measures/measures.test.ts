import { describe, expect, it } from "vitest";
import { measureIds } from "../../../src/common/measure";
import { strongestFirst } from "../../../src/measures/measure";
import { measureKinds } from "../../../src/measures/registry";
import { numberLink } from "../../../src/methods/link";
import { SeededRandom } from "../../../src/methods/maths/random";
import { Game, pairGame } from "../methods/games";

const run = { signal: new AbortController().signal };

/** 1 plus the sum of what is kept. */
function additive(effects: readonly number[]): Game {
  const kept = (row: Uint8Array) => effects.reduce((sum, effect, i) => sum + effect * (row[i] ?? 0), 1);
  return new Game(effects.length, kept, numberLink);
}

describe("measures of a sum, in closed form", () => {
  const effects = [3, -1, 0.5, 8];
  const scores = effects;
  const whole = 11.5;

  it("comprehensiveness is what the strongest take away: one of four up to 20 %, two at 50 %", async () => {
    const found = await measureKinds.comprehensiveness.run({ target: additive(effects), scores }, run);
    expect(found).toBeCloseTo((8 + 8 + 8 + 8 + 11) / 5, 12);
  });

  it("sufficiency is what is lacking beside the strongest", async () => {
    const found = await measureKinds.sufficiency.run({ target: additive(effects), scores }, run);
    expect(found).toBeCloseTo((4 * (whole - 9) + (whole - 12)) / 5, 12);
  });

  it("the area under deletion is the mean of the twenty steps", async () => {
    const found = await measureKinds.deletionArea.run({ target: additive(effects), scores }, run);
    const after = [11.5, 3.5, 0.5, 0, 1];
    const steps = Array.from({ length: 20 }, (_, step) => after[Math.round((step + 1) / 5)] ?? Number.NaN);
    expect(found).toBeCloseTo(steps.reduce((sum, value) => sum + value, 0) / 20, 12);
  });
});

describe("ERASER's measures", () => {
  it("are those of their definition on sets, with a probability", async () => {
    const features = 37;
    const game = pairGame(features, 5);
    const random = SeededRandom.fromSeed(1, 1);
    const scores = Array.from({ length: features }, () => Math.round(4 * random.uniform()));
    const p = (kept: ReadonlySet<number>) =>
      1 / (1 + Math.exp(-game.value(Uint8Array.from({ length: features }, (_, i) => (kept.has(i) ? 1 : 0)))));
    const all = new Set(Array.from({ length: features }, (_, i) => i));
    // 1, 5, 10, 20 and 50 % of 37, rounded up.
    const falls = [1, 2, 4, 8, 19].map((size) => {
      const rationale = new Set<number>();
      for (let level = 4; level >= 0; level--) {
        for (const [i, score] of scores.entries()) {
          if (score === level && rationale.size < size) {
            rationale.add(i);
          }
        }
      }
      return [p(all) - p(new Set([...all].filter((i) => !rationale.has(i)))), p(all) - p(rationale)] as const;
    });
    const mean = (at: 0 | 1) => falls.reduce((sum, fall) => sum + fall[at], 0) / falls.length;
    expect(await measureKinds.comprehensiveness.run({ target: game, scores }, run)).toBeCloseTo(mean(0), 12);
    expect(await measureKinds.sufficiency.run({ target: game, scores }, run)).toBeCloseTo(mean(1), 12);
  });

  it("take exact shares of what can be shared out exactly", async () => {
    const game = additive(Array.from({ length: 30 }, () => 1));
    // 1, 2, 3, 6 and 15 of 30.
    expect(await measureKinds.comprehensiveness.run({ target: game, scores: new Float64Array(30) }, run)).toBeCloseTo(
      27 / 5,
      12,
    );
  });
});

describe("every measure", () => {
  it.each(measureIds)("%s asks for what it says, and ranks true effects before their opposite", async (id) => {
    const effects = [2, -1, 0.25, 4, -3, 1, 0.5];
    const game = additive(effects);
    const right = await measureKinds[id].run({ target: game, scores: effects }, run);
    expect(game.evaluations).toBe(measureKinds[id].planned(effects.length));
    const wrong = await measureKinds[id].run({ target: game, scores: effects.map((effect) => -effect) }, run);
    expect(right > wrong).toBe(id === "comprehensiveness");
  });

  it("goes by place where scores are equal", () => {
    expect(strongestFirst([1, 3, 1, 3])).toEqual([1, 3, 0, 2]);
  });
});
