import { describe, expect, it } from "vitest";
import { balanceOf } from "../../../src/methods/balance";
import { gradientShap } from "../../../src/methods/gradientShap";
import { embeddedTarget } from "./embeddedTarget";
import { plainQuestion } from "./question";

const signal = new AbortController().signal;
const drawing = (samples: number) => plainQuestion({ gradients: { steps: 1, samples } });

/** F = x₀²x₁ at (−3, 2), from (0, 0); the noise is .15 of the standard deviation of −3 and 2. */
const [first, second] = [-3, 2] as const;
const variance = (0.15 * 2.5) ** 2;
const [x, y] = [(v: Float32Array) => v[0] ?? 0, (v: Float32Array) => v[1] ?? 0];
const cubic = embeddedTarget(
  [first, second],
  [0, 0],
  (v) => x(v) ** 2 * y(v),
  (v) => [2 * x(v) * y(v), x(v) ** 2],
);
/** E[(ẽ − ẽ′)·∇F(ẽ′ + α(ẽ − ẽ′))] with independent normal noise σ² on both ends, α uniform; without noise (12, 6), the integrated gradients. */
const closedForm = [2 * second * (first ** 2 / 3 + variance / 6), second * (first ** 2 / 3 + (2 / 3) * variance)];

describe("GradientSHAP", () => {
  it("is the expectation over noise and way, by its closed form on x₀²x₁", async () => {
    const { values, standardErrors, sum, evaluations } = await gradientShap.run(cubic, drawing(40_000), {
      seed: 3,
      signal,
    });
    expect(evaluations).toBe(40_002);
    expect(sum).toEqual({ base: 0, full: 18 });
    closedForm.forEach((expected, token) => {
      const error = standardErrors?.[token] ?? Number.NaN;
      expect(Math.abs((values[token] ?? Number.NaN) - expected)).toBeLessThan(4 * error);
      expect(error).toBeLessThan(0.03);
    });
    // Noise on both ends moves the second score by 2σ²·2/3, ten of its errors.
    expect(Math.abs((values[1] ?? 0) - 6)).toBeGreaterThan(0.15);
  });

  it("has standard errors that cover the closed form, not much too wide", async () => {
    const [squares, variances, covered] = [
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    const runs = 2000;
    let gaps = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { values, standardErrors, sum } = await gradientShap.run(cubic, drawing(40), { seed, signal });
      closedForm.forEach((expected, token) => {
        const off = (values[token] ?? Number.NaN) - expected;
        const error = standardErrors?.[token] ?? Number.NaN;
        squares[token] = (squares[token] ?? 0) + off ** 2 / runs;
        variances[token] = (variances[token] ?? 0) + error ** 2 / runs;
        covered[token] = (covered[token] ?? 0) + (Math.abs(off) < 1.96 * error ? 1 : 0) / runs;
      });
      gaps += balanceOf(values, sum?.base ?? 0, sum?.full ?? 0).gap / runs;
    }
    squares.forEach((square, token) => {
      expect(square / (variances[token] ?? 0)).toBeLessThan(1);
      expect(square / (variances[token] ?? 0)).toBeGreaterThan(0.65);
      expect(covered[token]).toBeGreaterThan(0.925);
      expect(covered[token]).toBeLessThan(0.97);
    });
    expect(gaps).toBeLessThan(0.1);
  });

  it("gives a token that is the same in text and baseline nothing, and the same seed the same scores", async () => {
    const target = embeddedTarget(
      [1, 2, 5],
      [0, 0, 5],
      (v) => x(v) * y(v),
      (v) => [y(v), x(v), 7],
    );
    const run = (seed: number) => gradientShap.run(target, drawing(20), { seed, signal });
    const found = await run(1);
    expect(found.values[2]).toBe(0);
    expect(found.standardErrors?.[2]).toBe(0);
    expect(await run(1)).toEqual(found);
    expect((await run(2)).values).not.toEqual(found.values);
  });

  it("says whether its errors are small", async () => {
    const few = await gradientShap.run(cubic, drawing(2), { seed: 0, signal });
    const many = await gradientShap.run(cubic, drawing(400), { seed: 0, signal });
    expect([few.converged, many.converged]).toEqual([false, true]);
    const part = { share: 1, scored: many };
    const said = gradientShap.summary?.(
      {
        parts: [part],
        scale: "logit",
        sum: balanceOf(many.values, 0, 18),
        evaluations: 402,
        isPartial: false,
        isRepeated: false,
      },
      drawing(400),
    );
    expect(said?.quality?.additivityGap).toBeLessThan(0.05);
    expect(said?.quality?.largestError).toBeLessThan(0.1);
    expect(said?.parameters).toEqual({ seed: 0, baseline: "mask", samples: 400, noise: 0.15 });
  });
});
