import { describe, expect, it } from "vitest";
import { DistanceSession } from "../../src/engine/distanceSession";
import type { DistanceKind } from "../../src/graph/distances";
import type { AttendedBlock, Brought } from "../../src/methods/inside";
import { SeededRandom } from "../../src/methods/maths/random";
import { plainDistances } from "../support/distances";

interface Sizes {
  readonly heads: number;
  readonly size: number;
  readonly tokens: number;
  readonly first: number;
  readonly end: number;
  readonly others: number;
}

/** A block whose width is not heads × size, and what some of its tokens bring; the first other gets nothing. */
function drawn(kind: DistanceKind, { heads, size, tokens, first, end, others }: Sizes): [AttendedBlock, Brought] {
  const random = SeededRandom.fromSeed(5);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.uniform() - 0.5);
  const width = heads * size + 3;
  const vectors = () => ({ width, values: numbers(tokens * width) });
  const shares = numbers((end - first) * others * (heads + 1));
  for (let key = 0; key < end - first; key++) {
    shares.fill(0, key * others * (heads + 1), (key * others + 1) * (heads + 1));
  }
  const block = {
    heads,
    vectors: numbers(heads * tokens * size),
    weights: numbers(heads * size * width),
    reads: vectors(),
    sum: vectors(),
    result: vectors(),
    normalisation: kind === "normalised" ? { scale: numbers(width), epsilon: 1e-5 } : null,
  };
  return [block, { first, end, left: numbers(others * width), shares }];
}

const cases: readonly (readonly [string, Sizes])[] = [
  ["all tokens", { heads: 2, size: 3, tokens: 5, first: 0, end: 5, others: 5 }],
  ["some tokens, and others", { heads: 3, size: 8, tokens: 9, first: 4, end: 7, others: 6 }],
  ["one token, and one other", { heads: 1, size: 4, tokens: 3, first: 2, end: 3, others: 1 }],
  ["many of a wide model", { heads: 12, size: 16, tokens: 40, first: 7, end: 12, others: 40 }],
];

describe.each(["normalised", "plain"] as const)("distances of what tokens bring, %s", (kind) => {
  it.each(cases)("are those of the formula, with the same digits on one thread and two: %s", async (_, sizes) => {
    const [block, brought] = drawn(kind, sizes);
    const expected = await plainDistances(block, brought);
    const found: Float32Array[] = [];
    for (const threads of [1, 2]) {
      const session = await DistanceSession.load(kind, "model.onnx", threads);
      found.push(await session.run(block, brought));
      await session.release();
    }
    const [one, two] = found;
    expect(one).toHaveLength((sizes.end - sizes.first) * sizes.others);
    for (const [at, distance] of expected.entries()) {
      expect(Math.abs((one?.[at] ?? Number.NaN) / distance - 1)).toBeLessThan(1e-5);
    }
    expect(two).toEqual(one);
  });
});
