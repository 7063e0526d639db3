import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../src/methods/maths/random";
import { BestFirst } from "../../../src/methods/owen/bestFirst";
import { type OwenNode, owenCost, owenTree, plannedOwenEvaluations } from "../../../src/methods/owen/owenTree";
import { type OwenResult, owenValues } from "../../../src/methods/owen/owenValues";
import type { TextPart } from "../../../src/text/textTree";
import { Game, meanEffects, pairGame } from "./games";

type Nested = number | readonly [Nested, Nested];

interface Case {
  readonly name: string;
  readonly features: number;
  readonly tree: Nested;
  readonly game: readonly (readonly [number, readonly number[]])[];
  readonly curve: number;
  readonly budget: number;
  readonly batch: number;
  readonly evaluations: number;
  readonly base: number;
  readonly values: readonly number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../golden/owen/cases.json", import.meta.url), "utf8"),
);
const run = { signal: new AbortController().signal };

function treeOf(nested: Nested): OwenNode {
  if (typeof nested === "number") {
    return { features: [nested], halves: null };
  }
  const [left, right] = [treeOf(nested[0]), treeOf(nested[1])];
  return { features: [...left.features, ...right.features], halves: [left, right] };
}

function flat(features: number): TextPart {
  const items = Array.from({ length: features }, (_, index) => index);
  return { items, parts: items.map((item) => ({ items: [item], parts: [] })) };
}

function gameOf({ features, game, curve }: Pick<Case, "features" | "game" | "curve">): Game {
  return new Game(features, (row) => {
    const total = game.reduce((sum, [value, members]) => sum + (members.every((i) => row[i] === 1) ? value : 0), 0.25);
    return total + curve * total ** 2;
  });
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}

/** Owen values by their definition: the mean over all orders that keep the features of every block together of what a feature adds. */
function byOrders(game: Game, tree: OwenNode): number[] {
  const orders = (node: OwenNode): number[][] => {
    if (node.halves === null) {
      return [[...node.features]];
    }
    const [left, right] = [orders(node.halves[0]), orders(node.halves[1])];
    return left.flatMap((a) => right.flatMap((b) => [a.concat(b), b.concat(a)]));
  };
  const all = orders(tree);
  return meanEffects(game, all);
}

describe("Owen values", () => {
  it("of targets of the same rows come from the same runs, and each adds up", async () => {
    const features = 16;
    const tree = owenTree(flat(features));
    const weights = [0, 1].map((target) =>
      Array.from({ length: features }, (_, i) => Math.sin(3 * i + target * i * i)),
    );
    const asked: string[][] = [];
    const found: OwenResult[] = [];
    for (const own of [0, 1]) {
      const rowsAsked: string[] = [];
      asked.push(rowsAsked);
      const of = (target: number, row: Uint8Array) =>
        Math.tanh(row.reduce((total, kept, i) => total + kept * (weights[target]?.[i] ?? 0), 0.1));
      const target = {
        features,
        evaluate: (rows: Uint8Array) => {
          const all = Array.from({ length: rows.length / features }, (_, at) =>
            rows.slice(at * features, (at + 1) * features),
          );
          rowsAsked.push(...all.map((row) => row.join("")));
          const values = (one: number) => Float64Array.from(all, (row) => of(one, row));
          return Promise.resolve({ logit: values(own), logOdds: values(own), beside: [values(0), values(1)] });
        },
      };
      found.push(await owenValues(target, tree, { samples: 60 }, run));
    }
    expect(asked[0]).toEqual(asked[1]);
    for (const { scores, baseValue, fullValue, complete } of found) {
      expect(complete).toBe(false);
      expect(baseValue + sum(scores)).toBeCloseTo(fullValue, 9);
    }
    expect(found[0]?.scores).not.toEqual(found[1]?.scores);
  });

  it.each(cases)("agree with shap: $name, budget $budget, batches of $batch", async (given) => {
    const game = gameOf(given);
    const tree = treeOf(given.tree);
    const result = await owenValues(game, tree, { samples: given.budget, breadth: given.batch / 2 }, run);
    expect(result.baseValue).toBeCloseTo(given.base, 9);
    given.values.forEach((value, feature) => {
      expect(Math.abs((result.scores[feature] ?? Number.NaN) - value)).toBeLessThan(1e-4);
    });
    expect(game.evaluations).toBe(given.evaluations);
    expect(result.evaluations).toBe(given.evaluations);
    expect(plannedOwenEvaluations(tree, given.budget)).toBe(given.evaluations);
  });

  it.each([1, 2, 5, 8])("are the mean over all orders that keep blocks together: %i features", async (features) => {
    const random = SeededRandom.fromSeed(3, features);
    const grow = (from: number, to: number): Nested => {
      if (to - from === 1) {
        return from;
      }
      const middle = from + 1 + random.below(to - from - 1);
      return [grow(from, middle), grow(middle, to)];
    };
    const game = pairGame(features, 4);
    const tree = treeOf(grow(0, features));
    const result = await owenValues(game, tree, { samples: 10_000 }, run);
    expect(result.complete).toBe(true);
    expect(result.evaluations).toBe(owenCost(tree));
    byOrders(game, tree).forEach((value, feature) => {
      expect(result.scores[feature]).toBeCloseTo(value, 10);
    });
  });

  it("are a game's own coefficients where it is a sum, and equal for what is alike", async () => {
    const effects = [0.5, -1, 2, 0, 3, -0.25];
    const plain = new Game(6, (row) => effects.reduce((total, effect, i) => total + effect * (row[i] ?? 0), 7));
    const found = await owenValues(plain, owenTree(flat(6)), { samples: 1000 }, run);
    effects.forEach((effect, feature) => {
      expect(found.scores[feature]).toBeCloseTo(effect, 12);
    });
    const alike = new Game(4, (row) => (row[0] ?? 0) * (row[1] ?? 0) + 3 * (row[2] ?? 0) * (row[3] ?? 0));
    const both = await owenValues(alike, owenTree(flat(4)), { samples: 1000 }, run);
    expect([...both.scores]).toEqual([0.5, 0.5, 1.5, 1.5]);
  });

  it("know the parts of the first level after two more evaluations where the game is a sum of them", async () => {
    const game = new Game(4, (row) => 2 * (row[0] ?? 0) + 4 * (row[1] ?? 0) - (row[2] ?? 0) - 3 * (row[3] ?? 0));
    const { scores, own, complete } = await owenValues(game, owenTree(flat(4)), { samples: 4 }, run);
    expect([...scores]).toEqual([3, 3, -2, -2]);
    expect([...own]).toEqual([0, 0, 0, 0]);
    expect(complete).toBe(false);
  });

  it("add up whenever they are looked at, and end where the budget ends", async () => {
    const game = pairGame(60, 8);
    const seen: OwenResult[] = [];
    const tree = owenTree(flat(60));
    const last = await owenValues(game, tree, { samples: 401 }, run, (result) => seen.push(result()));
    expect(game.evaluations).toBe(400);
    expect(seen.length).toBeGreaterThan(20);
    for (const { scores, baseValue, fullValue, own } of [...seen, last]) {
      expect(baseValue).toBe(game.value(new Uint8Array(60)));
      expect(fullValue).toBe(game.value(new Uint8Array(60).fill(1)));
      expect(Math.abs(baseValue + sum(scores) - fullValue)).toBeLessThan(1e-9);
      expect(own.every((share) => share >= 0 && share <= 1)).toBe(true);
    }
    expect(sum(last.own)).toBeGreaterThan(sum(seen[20]?.own ?? []));
  });

  it("go down where most is at stake", async () => {
    const game = new Game(64, (row) => 5 * (row[40] ?? 0) + 0.01 * sum(row));
    const { own, scores } = await owenValues(game, owenTree(flat(64)), { samples: 200 }, run);
    expect(own[40]).toBeGreaterThan(0.1);
    expect(own[0]).toBe(0);
    expect(scores.indexOf(Math.max(...scores))).toBe(40);
  });

  it("give the same digits however the target is asked", async () => {
    const whole = await owenValues(pairGame(20, 2), owenTree(flat(20)), { samples: 5000 }, run);
    const byOne = await owenValues(pairGame(20, 2), owenTree(flat(20)), { samples: 5000, breadth: 1 }, run);
    whole.scores.forEach((score, feature) => {
      expect(score).toBeCloseTo(byOne.scores[feature] ?? Number.NaN, 12);
    });
    const calls = pairGame(20, 2);
    await owenValues(calls, owenTree(flat(20)), { samples: 5000 }, run);
    expect(calls.calls.length).toBeLessThan(10);
  });

  it("stop when cancelled", async () => {
    const controller = new AbortController();
    const game = pairGame(40, 1);
    const found = owenValues(game, owenTree(flat(40)), { samples: 1000 }, { signal: controller.signal }, () =>
      controller.abort(new Error("stopped")),
    );
    await expect(found).rejects.toThrow("stopped");
    expect(game.evaluations).toBe(4);
  });
});

describe("the tree of two branches", () => {
  it("halves many parts into equal sizes and keeps what belongs together", () => {
    const part = (...items: number[]): TextPart => ({
      items,
      parts: items.map((item) => ({ items: [item], parts: [] })),
    });
    const { halves } = owenTree({ items: [0, 1, 2, 3, 4, 5, 6], parts: [part(0, 1, 2, 3), part(4), part(5, 6)] });
    expect(halves?.map(({ features }) => features)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6],
    ]);
    expect(halves?.[1].halves?.map(({ features }) => features)).toEqual([[4], [5, 6]]);
  });

  it.each([
    [4, 12],
    [8, 44],
    [16, 172],
    [32, 684],
    [64, 2732],
    [128, 10_924],
  ])("of %i features costs %i evaluations", (features, evaluations) => {
    expect(owenCost(owenTree(flat(features)))).toBe(evaluations);
  });
});

describe("BestFirst", () => {
  it("hands out the largest first and the earliest among equals", () => {
    const random = SeededRandom.fromSeed(1, 1);
    const queue = new BestFirst<number>();
    const priorities = Array.from({ length: 500 }, () => random.below(40));
    for (const [index, priority] of priorities.entries()) {
      queue.push(index, priority);
    }
    const found = Array.from({ length: 500 }, () => queue.pop() ?? -1);
    const expected = priorities
      .map((_, index) => index)
      .sort((a, b) => (priorities[b] ?? 0) - (priorities[a] ?? 0) || a - b);
    expect(found).toEqual(expected);
    expect(queue.pop()).toBeUndefined();
  });
});

describe("Owen values with a guide", () => {
  const effects = [0.5, -1, 2, 0, 3, -0.25, 1, 1.5];
  const tree = owenTree(flat(effects.length));
  const curved = () =>
    new Game(8, (row) => {
      const total = effects.reduce((sum, x, i) => sum + x * (row[i] ?? 0), 1);
      return total + total ** 2 / 20;
    });

  it("are exact from the two end points on where the guide is", async () => {
    const plain = new Game(8, (row) => effects.reduce((total, effect, i) => total + effect * (row[i] ?? 0), 7));
    const found = await owenValues(plain, tree, { samples: 2, guide: effects }, run);
    expect(found.evaluations).toBe(2);
    effects.forEach((effect, feature) => {
      expect(found.scores[feature]).toBeCloseTo(effect, 12);
    });
  });

  it("add up after every round, and are the same in the end whatever the guide", async () => {
    const exact = await owenValues(curved(), tree, { samples: 1000 }, run);
    const wild = effects.map((effect, i) => 10 * effect * (-1) ** i);
    const sums: number[] = [];
    const options = { samples: 1000, breadth: 1, guide: wild };
    const found = await owenValues(curved(), tree, options, run, (result) =>
      sums.push(result().baseValue + sum(result().scores)),
    );
    expect(sums.length).toBeGreaterThan(10);
    for (const total of sums) {
      expect(total).toBeCloseTo(exact.fullValue, 10);
    }
    expect([...found.scores].map((x) => x.toFixed(10))).toEqual([...exact.scores].map((x) => x.toFixed(10)));
  });

  it("are nearer to the truth than without one on the same evaluations", async () => {
    const exact = await owenValues(curved(), tree, { samples: 1000 }, run);
    const worst = ({ scores }: OwenResult) => Math.max(...scores.map((x, i) => Math.abs(x - (exact.scores[i] ?? 0))));
    for (const samples of [2, 4, 12, 24]) {
      const equal = await owenValues(curved(), tree, { samples, breadth: 1 }, run);
      const guided = await owenValues(curved(), tree, { samples, breadth: 1, guide: effects }, run);
      expect(worst(guided)).toBeLessThan(worst(equal));
    }
  });
  it("spend less than a row on a block that only a part of the text holds", async () => {
    const evaluationsAt = async (share: number) => {
      const target = Object.assign(pairGame(8, 4), {
        costOf: (features: readonly number[]) => (features.length < 8 ? share : 1),
      });
      return (await owenValues(target, owenTree(flat(8)), { samples: 20, breadth: 1 }, run)).evaluations;
    };
    expect(await evaluationsAt(1)).toBe(20);
    expect(await evaluationsAt(0.5)).toBe(36);
  });
});
