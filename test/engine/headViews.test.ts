import { describe, expect, it } from "vitest";
import { AttentionRuns } from "../../src/engine/attentionRuns";
import { isCausal, rolloutMatrix } from "../../src/engine/attentionViews";
import type { Row } from "../../src/engine/batcher";
import { aggregateMatrix } from "../../src/engine/looks/aggregate";
import { headMatrix } from "../../src/engine/looks/head";
import { makeOverview } from "../../src/engine/looks/overview";
import type { LayerAttention } from "../../src/methods/attentionScores";
import { Pacer } from "../../src/methods/pacer";
import { never, reasonOf } from "./support";

const pacer = () => new Pacer(never);

function layer(...heads: number[][][]): LayerAttention {
  const tokens = heads[0]?.length ?? 0;
  return { heads: heads.length, queries: tokens, keys: tokens, values: Float32Array.from(heads.flat(2)) };
}

/** One head over many tokens that attends uniformly except for one strong weight. */
function uniform(tokens: number, query: number, key: number): LayerAttention {
  const values = new Float32Array(tokens * tokens).fill(1 / tokens);
  values[query * tokens + key] = 0.9;
  return { heads: 1, queries: tokens, keys: tokens, values };
}

describe("the overview", () => {
  it("shows short texts exactly, 255 at each head's maximum", async () => {
    const attention = layer(
      [
        [0.5, 0.5],
        [0.25, 0.75],
      ],
      [
        [1, 0],
        [0.2, 0.8],
      ],
    );
    const overview = await makeOverview([attention], [true, false], pacer());
    expect(overview).toMatchObject({ layers: 1, heads: 2, side: 2 });
    expect([...overview.maximum]).toEqual([0.75, 1]);
    expect([...overview.thumbnails]).toEqual([170, 170, 85, 255, 255, 0, 51, 204]);
    expect(overview.figures).toHaveLength(2);
    expect(overview.figures[0]?.specialMass).toBeCloseTo(0.375, 6);
  });

  it("pools long texts so that a single strong weight is still there", async () => {
    const overview = await makeOverview([uniform(200, 150, 20)], new Array(200).fill(false), pacer());
    expect(overview.side).toBe(32);
    expect(overview.thumbnails).toHaveLength(32 * 32);
    expect(overview.maximum[0]).toBeCloseTo(0.9, 6);
    const brightest = overview.thumbnails.indexOf(255);
    expect([Math.floor(brightest / 32), brightest % 32]).toEqual([24, 3]);
    expect([...overview.thumbnails].filter((value) => value === 255)).toHaveLength(1);
  });
});

describe("matrices", () => {
  const first = layer([
    [0.2, 0.5, 0.3],
    [0.1, 0.8, 0.1],
    [0.4, 0.4, 0.2],
  ]);
  const second = layer([
    [0.6, 0.1, 0.3],
    [0.3, 0.3, 0.4],
    [0.1, 0.1, 0.8],
  ]);

  it("of one head are cut out of the layer", () => {
    const two = layer(
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0.5, 0.5],
        [0.25, 0.75],
      ],
    );
    expect([...headMatrix(two, 1).values]).toEqual([0.5, 0.5, 0.25, 0.75]);
  });

  it("of several layers are their mean or maximum", async () => {
    const mean = await aggregateMatrix([first, second], "mean", pacer());
    expect(mean.values[1]).toBeCloseTo(0.3, 6);
    const maximum = await aggregateMatrix([first, second], "maximum", pacer());
    expect(maximum.values[8]).toBeCloseTo(0.8, 6);
  });

  it("of rollout agree with the worked example", async () => {
    const { values } = await rolloutMatrix([first, second], pacer());
    const expected = [0.5125, 0.275, 0.2125, 0.1625, 0.6625, 0.175, 0.2125, 0.2375, 0.55];
    for (const [index, value] of expected.entries()) {
      expect(values[index]).toBeCloseTo(value, 6);
    }
  });

  it("are causal when nothing looks ahead", () => {
    expect(isCausal([first])).toBe(false);
    expect(
      isCausal([
        layer([
          [1, 0, 0],
          [0.5, 0.5, 0],
          [0.2, 0.3, 0.5],
        ]),
      ]),
    ).toBe(true);
    expect(isCausal([])).toBe(false);
  });
});

describe("attention runs", () => {
  function runs(cacheBytes: number, heads = 2, layers = 3) {
    const asked: [number, number][] = [];
    const made = new AttentionRuns(
      async (row: Row, first, end) => {
        asked.push([first, end]);
        const tokens = row.ids.length;
        const values = new Float32Array(heads * tokens * tokens);
        return {
          logits: Float32Array.of(1),
          layers: Array.from({ length: end - first }, () => ({ heads, queries: tokens, keys: tokens, values })),
        };
      },
      layers,
      heads,
      cacheBytes,
    );
    return { made, asked };
  }

  const row = (tokens: number, id: number): Row => ({
    ids: new Int32Array(tokens).fill(id),
    segments: new Int32Array(tokens),
  });

  it("are remembered up to a number of bytes, the newest always", async () => {
    const { made, asked } = runs(2 * 3 * 2 * 100 * 4);
    for (const id of [1, 2, 1, 3, 1, 2]) {
      await made.get(row(10, id), never);
    }
    expect(asked).toHaveLength(4);
    await made.get(row(50, 9), never);
    await made.get(row(50, 9), never);
    expect(asked).toHaveLength(5);
  });

  it("do not begin for requests that are cancelled while they wait", async () => {
    const { made, asked } = runs(Number.POSITIVE_INFINITY);
    const gone = new AbortController();
    const first = made.get(row(5, 1), never);
    const waiting = [2, 3].map((id) => reasonOf(made.get(row(5, id), gone.signal)));
    const last = made.get(row(5, 4), never);
    gone.abort();
    await Promise.all([first, last]);
    expect(await Promise.all(waiting)).toEqual(["cancelled", "cancelled"]);
    expect(asked).toHaveLength(2);
  });

  it("are remembered of so many inputs at most, however short", async () => {
    const { made, asked } = runs(Number.POSITIVE_INFINITY);
    for (let id = 0; id < 20; id++) {
      await made.get(row(5, id), never);
    }
    expect(made.bytes).toBe(16 * 3 * 2 * 25 * 4);
    await made.get(row(5, 4), never);
    expect(asked).toHaveLength(20);
    await made.get(row(5, 3), never);
    expect(asked).toHaveLength(21);
    made.clear();
    expect(made.bytes).toBe(0);
  });

  it("keep rollout beside the attention it is computed from", async () => {
    const { made, asked } = runs(1e6);
    const first = await made.rollout(row(5, 1), never);
    expect(await made.rollout(row(5, 1), never)).toBe(first);
    expect([asked.length, made.bytes]).toEqual([1, (3 * 2 + 1) * 25 * 4]);
  });

  it("stop in the middle of rollout", async () => {
    const { made } = runs(1e9);
    const controller = new AbortController();
    await made.get(row(400, 1), controller.signal);
    const rollout = made.rollout(row(400, 1), controller.signal);
    setImmediate(() => controller.abort());
    expect(await reasonOf(rollout)).toBe("cancelled");
  });

  it("fetch large attention in several runs, and stop between them", async () => {
    const { made, asked } = runs(0, 64, 4);
    expect((await made.get(row(512, 1), never)).layers).toHaveLength(4);
    expect(asked).toEqual([
      [0, 2],
      [2, 4],
    ]);
    expect(await reasonOf(made.get(row(512, 2), AbortSignal.abort()))).toBe("cancelled");
  });
});
