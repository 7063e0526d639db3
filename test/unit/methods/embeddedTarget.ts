import type { EmbeddedTarget } from "../../../src/methods/embedded";

/** A function of token embeddings with its gradient, as a target. */
export function embeddedTarget(
  input: readonly number[],
  baseline: readonly number[],
  f: (x: Float32Array) => number,
  slope: (x: Float32Array) => readonly number[],
  width = 1,
): EmbeddedTarget {
  return {
    width,
    input: Float32Array.from(input),
    baseline: Float32Array.from(baseline),
    content: new Uint8Array(input.length / width).fill(1),
    pointsPerRun: 4,
    gradients: async (points) => points.map((x) => ({ value: f(x), gradient: Float32Array.from(slope(x)) })),
  };
}
