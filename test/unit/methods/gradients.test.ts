import { describe, expect, it } from "vitest";
import {
  type EmbeddedTarget,
  gradientXInput,
  integratedGradients,
  mostIntegrationEvaluations,
  saliency,
  smoothGrad,
} from "../../../src/methods/gradients";
import { legendreNodes } from "../../../src/methods/legendre";

const run = { seed: 0, signal: new AbortController().signal };

/** A function of token embeddings with its gradient, as a target. */
function target(
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
    gradients: async (points) => points.map((x) => ({ value: f(x), gradient: Float32Array.from(slope(x)) })),
  };
}

const [x, y] = [(v: Float32Array) => v[0] ?? 0, (v: Float32Array) => v[1] ?? 0];
const cubic = target(
  [1, 2],
  [0, 0],
  (v) => x(v) ** 2 * y(v),
  (v) => [2 * x(v) * y(v), x(v) ** 2],
);

describe("Gauss–Legendre nodes", () => {
  it.each([1, 2, 5, 8, 128])("integrate polynomials up to degree 2·%i − 1 exactly", (count) => {
    const nodes = legendreNodes(count);
    for (const degree of [0, 1, count, 2 * count - 1]) {
      const integral = nodes.reduce((sum, { at, weight }) => sum + weight * at ** degree, 0);
      expect(integral).toBeCloseTo(1 / (degree + 1), 12);
    }
  });
});

describe("integrated gradients", () => {
  it("are exact on x₀²x₁ from (0, 0) to (1, 2)", async () => {
    const { scores, integral, evaluations } = await integratedGradients(cubic, run);
    expect(scores[0]).toBeCloseTo(4 / 3, 6);
    expect(scores[1]).toBeCloseTo(2 / 3, 6);
    expect(integral).toMatchObject({ baseValue: 0, fullValue: 2, steps: 16, converged: true });
    expect(evaluations).toBe(26);
  });

  it("double the steps until the scores add up", async () => {
    const steep = (v: Float32Array) => 1 / (1 + Math.exp(-120 * (x(v) - 0.3)));
    const found = await integratedGradients(
      target([1], [0], steep, (v) => [120 * steep(v) * (1 - steep(v))]),
      run,
    );
    expect(found.integral?.steps).toBeGreaterThan(16);
    expect(found.integral?.gap).toBeLessThanOrEqual(0.05);
    expect(found.scores[0]).toBeCloseTo(1, 1);
  });

  it("say so when they do not add up at the last number of steps", async () => {
    const step = target(
      [1],
      [0],
      (v) => (x(v) > 0.3 ? 1 : 0),
      () => [0],
    );
    const { integral, evaluations } = await integratedGradients(step, run);
    expect(integral).toMatchObject({ gap: 1, converged: false, steps: 128 });
    expect(evaluations).toBe(mostIntegrationEvaluations());
  });

  it("share nothing out where nothing changes", async () => {
    const { scores, integral } = await integratedGradients(
      target(
        [1, 1],
        [1, 1],
        () => 3,
        () => [5, 5],
      ),
      run,
    );
    expect([...scores]).toEqual([0, 0]);
    expect(integral).toMatchObject({ gap: 0, converged: true });
  });
});

describe("gradients at the text", () => {
  const wide = target(
    [1, 2, 3, 4],
    [0, 0, 3, 4],
    () => 0,
    () => [3, 4, -1, 0],
    2,
  );

  it("are measured by their length, or along the embedding", async () => {
    expect([...(await saliency(wide, run)).scores]).toEqual([5, 1]);
    expect([...(await gradientXInput(wide, run)).scores]).toEqual([11, -3]);
  });
});

describe("SmoothGrad", () => {
  it("is the mean gradient under noise on what may move, the same for a seed", async () => {
    const seen: Float32Array[] = [];
    const recording: EmbeddedTarget = {
      ...cubic,
      baseline: Float32Array.of(0, 2),
      gradients: async (points, signal) => {
        seen.push(...points);
        return await cubic.gradients(points, signal);
      },
    };
    recording.input.set([1, 2]);
    const wide = { ...recording, width: 1, input: Float32Array.of(1, 2) };
    const first = await smoothGrad(wide, run);
    expect(seen).toHaveLength(25);
    expect(seen.every((point) => point[1] === 2)).toBe(true);
    const second = await smoothGrad(wide, run);
    expect([...second.scores]).toEqual([...first.scores]);
    const meanX = seen.slice(0, 25).reduce((sum, point) => sum + x(point), 0) / 25;
    expect(first.scores[0]).toBeCloseTo(4 * meanX, 5);
  });

  it("draws noise as wide as a share of the embeddings' spread", async () => {
    const points: Float32Array[] = [];
    const input = Float32Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? 2 : -2));
    await smoothGrad(
      {
        width: 400,
        input,
        baseline: new Float32Array(400),
        gradients: async (asked) => {
          points.push(...asked);
          return asked.map((point) => ({ value: 0, gradient: point }));
        },
      },
      run,
    );
    const moves = points.flatMap((point) => Array.from(point, (value, at) => value - (input[at] ?? 0)));
    const variance = moves.reduce((sum, move) => sum + move ** 2, 0) / moves.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.3, 2);
  });
});
