import { describe, expect, it } from "vitest";
import {
  aggregateHeads,
  aggregateLayers,
  attentionScores,
  type LayerAttention,
} from "../../../src/methods/attentionScores";
import { headFigures } from "../../../src/methods/headFigures";
import { LookerCollector } from "../../../src/methods/lookers";
import { SeededRandom } from "../../../src/methods/maths/random";
import { Rollout, rolloutScores } from "../../../src/methods/rollout";

const close = (found: ArrayLike<number>, expected: readonly number[], digits = 9): void => {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(found[i]).toBeCloseTo(value, digits);
  }
};

/** Two heads over three tokens. */
const layer: LayerAttention = {
  heads: 2,
  queries: 3,
  keys: 3,
  values: Float32Array.from(
    [
      [0.5, 0.25, 0.25, 0, 1, 0, 0.125, 0.125, 0.75],
      [1, 0, 0, 0.25, 0.5, 0.25, 0.5, 0.25, 0.25],
    ].flat(),
  ),
};

describe("Rollout", () => {
  it("gives the worked example: rows normalised after the identity is added, later layers on the left", () => {
    const rollout = new Rollout(3);
    const first = [0.2, 0.5, 0.3, 0.1, 0.8, 0.1, 0.4, 0.4, 0.2];
    const second = [0.6, 0.1, 0.3, 0.3, 0.3, 0.4, 0.1, 0.1, 0.8];
    expect([[...rollout.addLayer(first)], [...rollout.addLayer(second)]].map(({ length }) => length)).toEqual([3, 3]);
    close(rollout.matrix(), [0.5125, 0.275, 0.2125, 0.1625, 0.6625, 0.175, 0.2125, 0.2375, 0.55]);
    close(rolloutScores([first, second], 3, [0]), [0.5125, 0.275, 0.2125]);
    close(rolloutScores([first, second], 3, [2]), [0.2125, 0.2375, 0.55]);
  });

  it("is the identity without layers, and normalises rows that do not add up to 1", () => {
    const rollout = new Rollout(2);
    close(rollout.matrix(), [1, 0, 0, 1]);
    expect([...rollout.addLayer([0.5, 0, 0.25, 0.25])]).toHaveLength(2);
    close(rollout.matrix(), [1, 0, 0.25 / 1.5, 1.25 / 1.5]);
  });

  it("gives the same rows as the product written out, for a number of tokens that four does not divide", () => {
    const tokens = 11;
    const layers = [1, 2, 3].map((seed) => {
      const random = SeededRandom.fromSeed(seed, 0);
      return Float64Array.from({ length: tokens * tokens }, () => random.uniform());
    });
    let expected = Float64Array.from({ length: tokens * tokens }, (_, at) => (at % (tokens + 1) === 0 ? 1 : 0));
    const rollout = new Rollout(tokens);
    for (const layer of layers) {
      const before = expected;
      expected = before.map((_, at) => {
        const [query, key] = [Math.floor(at / tokens), at % tokens];
        const row = layer
          .subarray(query * tokens, (query + 1) * tokens)
          .map((value, i) => value + (i === query ? 1 : 0));
        const total = row.reduce((sum, value) => sum + value, 0);
        return row.reduce((sum, value, through) => sum + (value / total) * (before[through * tokens + key] ?? 0), 0);
      });
      expect([...rollout.addLayer(layer)]).toHaveLength(tokens);
    }
    close(rollout.matrix(), [...expected]);
    for (let query = 0; query < tokens; query++) {
      close(rolloutScores(layers, tokens, [query]), [...expected.subarray(query * tokens, (query + 1) * tokens)]);
    }
  });
});

describe("attentionScores and aggregates", () => {
  it("reads one head's row, or the mean over heads", () => {
    close(attentionScores(layer, [0], 0), [0.5, 0.25, 0.25]);
    close(attentionScores(layer, [2], 1), [0.5, 0.25, 0.25]);
    close(attentionScores(layer, [2], null), [0.3125, 0.1875, 0.5]);
  });

  it("takes the mean or the maximum over heads and over layers", () => {
    close(aggregateHeads(layer, "mean"), [0.75, 0.125, 0.125, 0.125, 0.75, 0.125, 0.3125, 0.1875, 0.5]);
    close(aggregateHeads(layer, "maximum"), [1, 0.25, 0.25, 0.25, 1, 0.25, 0.5, 0.25, 0.75]);
    const layers = [Float32Array.of(0.5, 0.25), Float32Array.of(0.25, 0.75)];
    close(aggregateLayers(layers, "mean"), [0.375, 0.5]);
    close(aggregateLayers(layers, "maximum"), [0.5, 0.75]);
  });
});

describe("headFigures", () => {
  it("has entropy in bits, distance and special mass as means over queries", () => {
    const [first, second] = headFigures(layer, 4, [true, false, false]);
    expect(first).toMatchObject({ layer: 4, head: 0 });
    const lastRow = 2 * 0.125 * 3 + 0.75 * Math.log2(4 / 3);
    expect(first?.entropy).toBeCloseTo((1.5 + 0 + lastRow) / 3, 9);
    expect(first?.meanDistance).toBeCloseTo((0.25 + 0.5 + 0 + 0.25 + 0.125) / 3, 9);
    expect(first?.specialMass).toBeCloseTo((0.5 + 0 + 0.125) / 3, 9);
    expect(second?.entropy).toBeCloseTo((0 + 1.5 + 1.5) / 3, 9);
    expect(second?.specialMass).toBeCloseTo((1 + 0.25 + 0.5) / 3, 9);
  });

  it("has the full entropy where attention is even", () => {
    const even = { heads: 1, queries: 8, keys: 8, values: new Float32Array(64).fill(1 / 8) };
    expect(headFigures(even, 0, new Array<boolean>(8).fill(false))[0]?.entropy).toBeCloseTo(3, 9);
  });
});

describe("LookerCollector", () => {
  it("keeps the three strongest looks at each token, without special queries and the token itself", () => {
    const collector = new LookerCollector([true, false, false]);
    collector.addLayer(layer, 0);
    collector.addLayer({ heads: 1, queries: 3, keys: 3, values: new Float32Array(9).fill(1 / 4) }, 1);
    const [toSpecial, toFirst, toSecond] = collector.lookers();
    expect(toSpecial).toEqual([
      { layer: 0, head: 1, query: 2, weight: 0.5 },
      { layer: 0, head: 1, query: 1, weight: 0.25 },
      { layer: 1, head: 0, query: 1, weight: 0.25 },
    ]);
    expect(toFirst).toEqual([
      { layer: 0, head: 1, query: 2, weight: 0.25 },
      { layer: 1, head: 0, query: 2, weight: 0.25 },
      { layer: 0, head: 0, query: 2, weight: 0.125 },
    ]);
    expect(toSecond).toEqual([
      { layer: 0, head: 1, query: 1, weight: 0.25 },
      { layer: 1, head: 0, query: 1, weight: 0.25 },
    ]);
  });
});
