import { message } from "../common/message";
import { balanceOf } from "./balance";
import { largestOf, tokenProducts } from "./embedded";
import { legendreNodes } from "./maths/legendre";
import { type EmbeddedMethod, largestFigure } from "./method";

/**
 * Steps: the first try and the last; and what may be missing from the sum, and how far a score may have moved while the
 * steps were doubled twice, both as a share of the largest score. One doubling is not enough: where a function has kinks, two rules may agree by chance.
 */
const limits = { first: 4, last: 256, tolerance: 0.01 } as const;

/** The most gradients that are asked for. */
function mostEvaluations(): number {
  let total = 2;
  for (let steps: number = limits.first; steps <= limits.last; steps *= 2) {
    total += steps;
  }
  return total;
}

/**
 * Integrated gradients (e − e′)·∫₀¹ ∇f(e′ + α(e − e′)) dα summed over the width (Sundararajan, Taly and Yan 2017, eq. 1), by Gauss–Legendre
 * quadrature. The steps (the figure `steps`) are doubled until the scores add up to f(e) − f(e′) and no longer move, both within 1 % of the largest, or the last
 * number is reached: errors of single tokens may cancel in the sum.
 */
export const integratedGradients: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: mostEvaluations(),
  async run({ input, baseline, width, ...target }, { signal, onProgress }) {
    const difference = input.map((value, at) => value - (baseline[at] ?? 0));
    let evaluations = 0;
    const gradients = async (points: readonly Float32Array[]) => {
      const before = evaluations;
      const found = await target.gradients(points, signal, (done) => onProgress?.(before + done));
      evaluations += points.length;
      return found;
    };
    const [start, end] = await gradients([baseline, input]);
    const sum = { base: start?.value ?? Number.NaN, full: end?.value ?? Number.NaN };
    let previous: readonly Float64Array[] = [];
    for (let steps: number = limits.first; ; steps *= 2) {
      const nodes = legendreNodes(steps);
      const points = nodes.map(({ at }) => baseline.map((value, index) => value + at * (difference[index] ?? 0)));
      const found = await gradients(points);
      const values = new Float64Array(input.length / width);
      for (const [index, { gradient }] of found.entries()) {
        const weight = nodes[index]?.weight ?? 0;
        tokenProducts(gradient, difference, width).forEach((score, token) => {
          values[token] = (values[token] ?? 0) + weight * score;
        });
      }
      const { gap } = balanceOf(values, sum.base, sum.full);
      const missing = values.reduce((total, score) => total + score, sum.base) - sum.full;
      const complete = gap === 0 || Math.abs(missing) <= limits.tolerance * largestOf(values);
      const converged = complete && settled(values, previous);
      previous = [...previous, values].slice(-2);
      if (converged || steps >= limits.last) {
        return { values, sum, evaluations, converged, figures: { steps } };
      }
    }
  },
  summary({ parts, sum }, { baseline }) {
    const gap = sum?.gap ?? Number.NaN;
    const percent = (100 * gap).toFixed(1);
    const steps = largestFigure(parts, "steps");
    const note = parts.every(({ scored }) => scored.converged)
      ? message("The scores add up to the change of the prediction within {0} %, with {1} steps.", percent, steps)
      : message(
          "Not converged: after {1} steps the scores still move; they miss the change of the prediction by {0} %.",
          percent,
          steps,
        );
    return { parameters: { baseline, steps }, quality: { completenessGap: gap }, notes: [note] };
  },
};

function settled(scores: Float64Array, previous: readonly Float64Array[]): boolean {
  const limit = limits.tolerance * largestOf(scores);
  return (
    previous.length === 2 &&
    previous.every((before) => largestOf(scores.map((score, token) => score - (before[token] ?? Number.NaN))) <= limit)
  );
}
