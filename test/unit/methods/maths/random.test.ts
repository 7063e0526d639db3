import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../../src/methods/maths/random";
import { randomScores } from "../../../../src/methods/random";

describe("SeededRandom", () => {
  it("gives the published sequence of xoshiro128** 1.1 from the state 1, 2, 3, 4", () => {
    const random = SeededRandom.fromState(1, 2, 3, 4);
    expect(Array.from({ length: 10 }, () => random.word())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("repeats itself for one seed and differs between seeds and streams", () => {
    const first = (seed: number, stream?: number): string => {
      const random = SeededRandom.fromSeed(seed, stream);
      return Array.from({ length: 8 }, () => random.word()).join();
    };
    expect(first(7)).toBe(first(7));
    const others = [0, 1, 7, -1, 2 ** 32, 2 ** 32 + 7, 2 ** 52].map((seed) => first(seed));
    expect(new Set([...others, first(7, 1), first(7, 2)]).size).toBe(9);
  });

  it("draws whole numbers evenly, also below bounds that do not divide 2³²", () => {
    const random = SeededRandom.fromSeed(3);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) {
      const value = random.below(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(22.5);
  });

  it("shuffles every item to every place equally often", () => {
    const random = SeededRandom.fromSeed(4);
    const counts = new Array<number>(25).fill(0);
    for (let round = 0; round < 10_000; round++) {
      const items = [0, 1, 2, 3, 4];
      random.shuffle(items);
      for (const [place, item] of items.entries()) {
        counts[item * 5 + place] = (counts[item * 5 + place] ?? 0) + 1;
      }
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    expect(chiSquare).toBeLessThan(40);
  });
});

describe("randomScores", () => {
  it("are the same for one seed, spread over −1 to 1 and about 0 on average", () => {
    const scores = randomScores(5000, 11);
    expect(randomScores(5000, 11)).toEqual(scores);
    expect(randomScores(5000, 12)).not.toEqual(scores);
    expect(Math.min(...scores)).toBeLessThan(-0.99);
    expect(Math.max(...scores)).toBeGreaterThan(0.99);
    expect(Math.abs(scores.reduce((sum, value) => sum + value, 0) / 5000)).toBeLessThan(0.03);
  });
});
