import { describe, expect, it } from "vitest";
import { deepLiftContributions, layerwiseRelevance } from "../../../src/methods/decompositions";
import type { EmbeddedTarget } from "../../../src/methods/gradients";

const run = { signal: new AbortController().signal };

/** A target whose adjoints are the same everywhere, and which hears what it is asked for. */
function target(adjoint: readonly number[], values: readonly number[], asked: number[] = []): EmbeddedTarget {
  return {
    width: 2,
    input: Float32Array.of(1, 2, 3, 4),
    baseline: Float32Array.of(1, 2, 0, 1),
    content: Uint8Array.of(0, 1),
    gradients: async (points) => {
      asked.push(points.length);
      return points.map((_, at) => ({ value: values[at] ?? 0, gradient: Float32Array.from(adjoint) }));
    },
  };
}

describe("decompositions", () => {
  it("add relevance up over the width of each token and say what share of the target is missing", async () => {
    const { scores, balance, evaluations } = await layerwiseRelevance(target([1, -1, 0.5, 0.25], [3]), run);
    expect([...scores]).toEqual([-1, 2.5]);
    expect(evaluations).toBe(1);
    expect(balance).toEqual({ baseValue: 0, fullValue: 3, gap: 0.5 });
  });

  it("weigh what differs from the baseline, with both texts in one call", async () => {
    const asked: number[] = [];
    const { scores, balance } = await deepLiftContributions(target([9, 9, 0.5, 0.25], [4, 1.75], asked), run);
    expect([...scores]).toEqual([0, 2.25]);
    expect(asked).toEqual([2]);
    expect(balance).toEqual({ baseValue: 1.75, fullValue: 4, gap: 0 });
  });
});
