import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type MeasureId, measureInfo, quickMeasureIds } from "../../../src/common/measure";
import { meanValue } from "../../../src/common/moments";
import { infidelities } from "../../../src/measures/infidelity";
import { type Figure, strongestFirst } from "../../../src/measures/measure";
import { measureKinds } from "../../../src/measures/registry";
import { numberLink } from "../../../src/methods/link";
import { SeededRandom } from "../../../src/methods/maths/random";
import { Game, pairGame } from "../methods/games";

const run = { seed: 0, signal: new AbortController().signal };
const measured = async (id: MeasureId, target: Game, scores: ArrayLike<number>, signed = true): Promise<Figure> => {
  const found = await measureKinds[id].run({ target, scores, signed, method: null }, run);
  if (!found) {
    throw new Error(`${id} tells nothing`);
  }
  return found;
};

/** 1 plus the sum of what is kept. */
function additive(effects: readonly number[]): Game {
  const kept = (row: Uint8Array) => effects.reduce((sum, effect, i) => sum + effect * (row[i] ?? 0), 1);
  return new Game(effects.length, kept, numberLink);
}

describe("measures of a sum, in closed form", () => {
  const effects = [3, -1, 0.5, 8];
  const whole = 11.5;

  it("comprehensiveness is what the strongest take away: one of four up to 20 %, two at 50 %", async () => {
    const { value, curve, scale, spread } = await measured("comprehensiveness", additive(effects), effects);
    expect(value).toBeCloseTo((8 + 8 + 8 + 8 + 11) / 5, 12);
    expect(curve).toEqual({ x: [0.01, 0.05, 0.1, 0.2, 0.5], y: [8, 8, 8, 8, 11] });
    expect([scale, spread]).toEqual(["number", null]);
  });

  it("sufficiency is what is lacking beside the strongest", async () => {
    const { value } = await measured("sufficiency", additive(effects), effects);
    expect(value).toBeCloseTo((4 * (whole - 9) + (whole - 12)) / 5, 12);
  });

  it("the areas under deletion and insertion are the means of the twenty steps, whose curves begin with none", async () => {
    const atSteps = (values: readonly number[]) =>
      Array.from({ length: 21 }, (_, step) => values[Math.round(step / 5)] ?? Number.NaN);
    for (const [id, values] of [
      ["deletionArea", [11.5, 3.5, 0.5, 0, 1]],
      ["insertionArea", [1, 9, 12, 12.5, 11.5]],
    ] as const) {
      const { value, curve } = await measured(id, additive(effects), effects);
      const y = atSteps(values);
      expect(curve?.y, id).toEqual(y);
      expect(curve?.x[1]).toBe(0.05);
      expect(value, id).toBeCloseTo(y.slice(1).reduce((sum, one) => sum + one, 0) / 20, 12);
    }
  });

  it("the order of leave one out is that of the effects, or of their sizes where scores have no sign", async () => {
    expect((await measured("leaveOneOut", additive(effects), effects)).value).toBe(1);
    expect((await measured("leaveOneOut", additive(effects), [3, 1, 0.5, 8], false)).value).toBe(1);
    expect((await measured("leaveOneOut", additive(effects), [3, 1, 0.5, 8])).value).toBeCloseTo(4 / 6, 12);
    const constant = { target: additive(effects), scores: [2, 2, 2, 2], signed: true, method: null };
    expect(await measureKinds.leaveOneOut.run(constant, run)).toBeNull();
  });

  it("a sum of the scores themselves has no infidelity, on any scale; the same draws serve all", async () => {
    const game = additive(effects);
    expect((await measured("infidelity", game, effects)).value).toBeCloseTo(0, 20);
    expect(
      (
        await measured(
          "infidelity",
          game,
          effects.map((effect) => effect / 7),
        )
      ).value,
    ).toBeCloseTo(0, 20);
    const other = await measured("infidelity", game, [1, 1, 1, 1]);
    expect(other.value).toBeGreaterThan(1);
    expect(other.spread).toBeGreaterThan(0);
    expect(await measured("infidelity", game, [1, 1, 1, 1])).toEqual(other);
  });

  it("say that they are probabilities where there is one", async () => {
    expect((await measured("deletionArea", pairGame(5, 1), [1, 2, 3, 4, 5])).scale).toBe("probability");
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
    expect((await measured("comprehensiveness", game, scores)).value).toBeCloseTo(mean(0), 12);
    expect((await measured("sufficiency", game, scores)).value).toBeCloseTo(mean(1), 12);
  });

  it("take exact shares of what can be shared out exactly", async () => {
    const game = additive(Array.from({ length: 30 }, () => 1));
    // 1, 2, 3, 6 and 15 of 30.
    expect((await measured("comprehensiveness", game, new Float64Array(30))).value).toBeCloseTo(27 / 5, 12);
  });
});

const planned = (id: MeasureId, features: number) => measureKinds[id].planned({ features, method: null });

describe("every measure of the target", () => {
  it.each(quickMeasureIds)("%s asks for what it says, and ranks true effects before their opposite", async (id) => {
    const effects = [2, -1, 0.25, 4, -3, 1, 0.5];
    const game = additive(effects);
    const right = await measured(id, game, effects);
    expect(game.evaluations).toBe(planned(id, effects.length));
    const wrong = await measured(
      id,
      game,
      effects.map((effect) => effect ** 3),
    );
    const opposite = await measured(
      id,
      game,
      effects.map((effect) => -effect),
    );
    const better = (a: number, b: number) => (measureInfo(id).isBetter === "high" ? a >= b : a <= b);
    expect(better(right.value, wrong.value)).toBe(true);
    expect(better(right.value, opposite.value)).toBe(true);
    expect(wrong.value !== right.value || opposite.value !== right.value).toBe(true);
  });

  it("goes by place where scores are equal", () => {
    expect(strongestFirst([1, 3, 1, 3])).toEqual([1, 3, 0, 2]);
  });
});

describe("infidelity", () => {
  interface Case {
    readonly scores: number[];
    readonly masks: number[][];
    readonly changes: number[];
    readonly infidelity: number;
  }
  const cases: Case[] = JSON.parse(
    readFileSync(new URL("../../golden/measures/cases.json", import.meta.url), "utf8"),
  ).infidelities;

  it("is captum's, normalised, given the same draws", () => {
    expect(cases).toHaveLength(6);
    for (const { scores, masks, changes, infidelity } of cases) {
      const said = masks.map((kept) => kept.reduce((sum, one, at) => sum + (1 - one) * (scores[at] ?? 0), 0));
      expect(meanValue(infidelities(said, changes)) / infidelity).toBeCloseTo(1, 6);
    }
  });
});
