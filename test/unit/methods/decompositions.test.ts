import { describe, expect, it } from "vitest";
import { deepLift } from "../../../src/methods/deepLift";
import type { EmbeddedTarget } from "../../../src/methods/embedded";
import { lrp } from "../../../src/methods/lrp";
import { plainQuestion } from "./question";

const plain = plainQuestion();
const run = { seed: 0, signal: new AbortController().signal };

/** A target whose adjoints are the same everywhere, and which hears what it is asked for. */
function target(adjoint: readonly number[], values: readonly number[], asked: number[] = []): EmbeddedTarget {
  return {
    width: 2,
    input: Float32Array.of(1, 2, 3, 4),
    baseline: Float32Array.of(1, 2, 0, 1),
    content: Uint8Array.of(0, 1),
    pointsPerRun: 4,
    gradients: async (points) => {
      asked.push(points.length);
      return points.map((_, at) => ({ value: values[at] ?? 0, gradient: Float32Array.from(adjoint) }));
    },
  };
}

describe("decompositions", () => {
  it("add relevance up over the width of each token, from nothing to the target", async () => {
    const { values, sum, evaluations } = await lrp.run(target([1, -1, 0.5, 0.25], [3]), plain, run);
    expect(Array.from(values)).toEqual([-1, 2.5]);
    expect(evaluations).toBe(1);
    expect(sum).toEqual({ base: 0, full: 3 });
  });

  it("weigh what differs from the baseline, with both texts in one call", async () => {
    const asked: number[] = [];
    const { values, sum } = await deepLift.run(target([9, 9, 0.5, 0.25], [4, 1.75], asked), plain, run);
    expect(Array.from(values)).toEqual([0, 2.25]);
    expect(asked).toEqual([2]);
    expect(sum).toEqual({ base: 1.75, full: 4 });
  });
});
