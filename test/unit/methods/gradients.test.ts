import { describe, expect, it } from "vitest";
import { balanceOf } from "../../../src/methods/balance";
import type { EmbeddedTarget } from "../../../src/methods/embedded";
import { gradientXInput } from "../../../src/methods/gradientXInput";
import { integratedGradients } from "../../../src/methods/integratedGradients";
import { legendreNodes } from "../../../src/methods/maths/legendre";
import { SeededRandom } from "../../../src/methods/maths/random";
import { saliency } from "../../../src/methods/saliency";
import { smoothGrad } from "../../../src/methods/smoothGrad";
import { embeddedTarget as target } from "./embeddedTarget";
import { plainQuestion } from "./question";

const plain = plainQuestion();
const run = { seed: 0, signal: new AbortController().signal };

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
    const { values: scores, sum, converged, figures, evaluations } = await integratedGradients.run(cubic, plain, run);
    expect(scores[0]).toBeCloseTo(4 / 3, 6);
    expect(scores[1]).toBeCloseTo(2 / 3, 6);
    expect({ sum, converged, figures }).toEqual({ sum: { base: 0, full: 2 }, converged: true, figures: { steps: 16 } });
    expect(evaluations).toBe(30);
  });

  it("double the steps until the scores add up", async () => {
    const steep = (v: Float32Array) => 1 / (1 + Math.exp(-120 * (x(v) - 0.3)));
    const found = await integratedGradients.run(
      target([1], [0], steep, (v) => [120 * steep(v) * (1 - steep(v))]),
      plain,
      run,
    );
    expect(found.figures?.steps).toBeGreaterThan(16);
    expect(balanceOf(found.values, found.sum?.base ?? 0, found.sum?.full ?? 0).gap).toBeLessThanOrEqual(0.01);
    expect(found.values[0]).toBeCloseTo(1, 1);
  });

  it("are within 1 % of the largest score where they say that they converged, on functions with kinks too", async () => {
    const random = SeededRandom.fromSeed(7, 0);
    const tokens = 6;
    let converged = 0;
    for (let trial = 0; trial < 60; trial++) {
      const input = Array.from({ length: tokens }, () => random.normal());
      const units = Array.from({ length: 8 + 4 * (trial % 5) }, () => {
        const slope = Array.from({ length: tokens }, () => random.normal());
        const reach = slope.reduce((sum, value, at) => sum + value * (input[at] ?? 0), 0);
        return { slope, reach, kink: random.normal(), out: random.normal() };
      });
      const on = (v: Float32Array, { slope, kink }: (typeof units)[number]) =>
        slope.reduce((sum, value, at) => sum + value * (v[at] ?? 0), 0) - kink;
      const relu = target(
        input,
        input.map(() => 0),
        (v) => units.reduce((sum, unit) => sum + unit.out * Math.max(0, on(v, unit)), 0),
        (v) =>
          input.map((_, at) =>
            units.reduce((sum, unit) => sum + (on(v, unit) > 0 ? unit.out * (unit.slope[at] ?? 0) : 0), 0),
          ),
      );
      // Along the way a unit is on from where it meets its kink, or up to there.
      const exact = input.map((value, at) =>
        units.reduce((sum, { slope, reach, kink, out }) => {
          const meets = Math.min(1, Math.max(0, kink / reach));
          const share = reach > 0 ? 1 - meets : kink < 0 ? meets : 0;
          return sum + value * out * (slope[at] ?? 0) * share;
        }, 0),
      );
      const { values: scores, converged: isSettled } = await integratedGradients.run(relu, plain, run);
      if (isSettled) {
        converged++;
        const largest = Math.max(...exact.map(Math.abs));
        const worst = Math.max(...exact.map((score, at) => Math.abs(score - (scores[at] ?? Number.NaN)))) / largest;
        expect(worst).toBeLessThan(0.01);
      }
    }
    expect(converged).toBeGreaterThan(20);
  });

  it("say so when they do not add up at the last number of steps", async () => {
    const step = target(
      [1],
      [0],
      (v) => (x(v) > 0.3 ? 1 : 0),
      () => [0],
    );
    const { values, sum, converged, figures, evaluations } = await integratedGradients.run(step, plain, run);
    expect({ values: Array.from(values), sum, converged, figures }).toEqual({
      values: [0],
      sum: { base: 0, full: 1 },
      converged: false,
      figures: { steps: 256 },
    });
    expect(evaluations).toBe(integratedGradients.planned(plain));
  });

  it("take no more steps than they are told", async () => {
    for (const [most, planned] of [
      [1, 3],
      [4, 6],
      [10, 24],
      [512, 1022],
    ] as const) {
      const asked = plainQuestion({ gradients: { steps: most, samples: 2 } });
      expect(integratedGradients.planned(asked)).toBe(planned);
      const { figures, evaluations, converged } = await integratedGradients.run(cubic, asked, run);
      expect(figures?.steps).toBe(Math.min(most, 16));
      expect(evaluations).toBeLessThanOrEqual(planned);
      expect(converged).toBe(most >= 10);
    }
  });

  it("share nothing out where nothing changes", async () => {
    const { values: scores, converged } = await integratedGradients.run(
      target(
        [1, 1],
        [1, 1],
        () => 3,
        () => [5, 5],
      ),
      plain,
      run,
    );
    expect(Array.from(scores)).toEqual([0, 0]);
    expect(converged).toBe(true);
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
    expect(Array.from((await saliency.run(wide, plain, run)).values)).toEqual([5, 1]);
    expect(Array.from((await gradientXInput.run(wide, plain, run)).values)).toEqual([11, -3]);
  });

  it("leave no score of rounding where only the direction of an embedding counts", async () => {
    const random = SeededRandom.fromSeed(3, 0);
    const width = 64;
    const weights = Array.from({ length: 2 * width }, () => random.normal());
    const input = Array.from({ length: 2 * width }, () => random.normal());
    // f = Σ w·e/‖e‖, of which the slope is (w − (w·u)u)/‖e‖ with u = e/‖e‖; rounded as float32.
    const slope = (v: Float32Array) =>
      [0, 1].flatMap((token) => {
        const own = Array.from(v.subarray(token * width, (token + 1) * width));
        const length = Math.hypot(...own);
        const along = own.reduce((sum, value, at) => sum + (value / length) * (weights[token * width + at] ?? 0), 0);
        return own.map((value, at) => ((weights[token * width + at] ?? 0) - (along * value) / length) / length);
      });
    const zeros = input.map(() => 0);
    const found = await gradientXInput.run(
      target(input, zeros, () => 0, slope, width),
      plain,
      run,
    );
    expect(found.figures).toEqual({ isRounding: 1 });
    expect(Array.from(found.values)).toEqual([0, 0]);
    const usual = await gradientXInput.run(
      target(
        input,
        zeros,
        () => 0,
        () => weights,
        width,
      ),
      plain,
      run,
    );
    expect(usual.figures).toBeUndefined();
    expect(Array.from(usual.values).every((score) => score !== 0)).toBe(true);
  });
});

describe("SmoothGrad", () => {
  it("is the mean gradient under noise on the text's own tokens whatever the baseline, the same for a seed", async () => {
    const seen: Float32Array[] = [];
    const slope = (v: Float32Array) => [2 * x(v) * y(v), x(v) ** 2, 0];
    const wide: EmbeddedTarget = {
      ...target([1, 2, 5], [0, 2, 5], () => 0, slope),
      content: Uint8Array.of(1, 1, 0),
      gradients: async (points) => {
        seen.push(...points);
        return points.map((point) => ({ value: 0, gradient: Float32Array.from(slope(point)) }));
      },
    };
    const first = await smoothGrad.run(wide, plain, run);
    expect(seen).toHaveLength(50);
    expect(seen.every((point) => point[2] === 5)).toBe(true);
    expect(seen.every((point) => point[0] !== 1 && point[1] !== 2)).toBe(true);
    const second = await smoothGrad.run({ ...wide, baseline: Float32Array.of(1, 2, 5) }, plain, run);
    expect(Array.from(second.values)).toEqual(Array.from(first.values));
    const normOf = (points: readonly Float32Array[]) =>
      [0, 1, 2].map((token) => Math.abs(points.reduce((sum, v) => sum + (slope(v)[token] ?? 0), 0) / points.length));
    const drawn = seen.slice(0, 50);
    const expected = normOf(drawn);
    expected.forEach((score, token) => {
      expect(first.values[token]).toBeCloseTo(score, 5);
    });
    const [even = [], odd = []] = [0, 1].map((half) => normOf(drawn.filter((_, index) => index % 2 === half)));
    const apart = even.map((score, token) => Math.abs(score - (odd[token] ?? 0)));
    expect(first.figures?.spread).toBeCloseTo(Math.max(...apart) / Math.max(...expected), 5);
    expect(first.figures?.spread).toBeGreaterThan(0.001);
  });

  it("draws noise as wide as a share of the embeddings' spread", async () => {
    const points: Float32Array[] = [];
    const input = Float32Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? 2 : -2));
    await smoothGrad.run(
      {
        width: 400,
        input,
        baseline: new Float32Array(400),
        content: Uint8Array.of(1),
        pointsPerRun: 4,
        gradients: async (asked) => {
          points.push(...asked);
          return asked.map((point) => ({ value: 0, gradient: point }));
        },
      },
      plain,
      run,
    );
    const moves = points.flatMap((point) => Array.from(point, (value, at) => value - (input[at] ?? 0)));
    const variance = moves.reduce((sum, move) => sum + move ** 2, 0) / moves.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.3, 2);
  });
});
