import { message } from "../common/message";
import { balanceOf } from "./balance";
import { eachGradient, largestOf, type PointGradient, tokenProducts } from "./embedded";
import { legendreNodes } from "./maths/legendre";
import { type EmbeddedMethod, largestFigure, type Question } from "./method";

/**
 * The first number of steps; and what may be missing from the sum, and how far a score may have moved while the steps were doubled twice, both as a
 * share of the largest score. One doubling is not enough: where a function has kinks, two rules may agree by chance.
 */
const limits = { first: 4, tolerance: 0.01 } as const;

/** How many steps are tried, one number after the other; the last is the most that may be. */
function stepCounts({ request, steps: known }: Question): number[] {
  if (known) {
    return [known];
  }
  const most = request.gradients.steps;
  const counts = [];
  for (let steps: number = limits.first; steps < most; steps *= 2) {
    counts.push(steps);
  }
  return [...counts, most];
}

/**
 * Integrated gradients (e − e′)·∫₀¹ ∇f(e′ + α(e − e′)) dα summed over the width (Sundararajan, Taly and Yan 2017, eq. 1), by Gauss–Legendre
 * quadrature. The steps (the figure `steps`) are doubled until the scores add up to f(e) − f(e′) and no longer move, both within 1 % of the largest, or the last
 * number is reached: errors of single tokens may cancel in the sum.
 */
export const integratedGradients: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: (question) => stepCounts(question).reduce((sum, steps) => sum + steps, 2),
  async run(target, question, control) {
    const { input, baseline, width } = target;
    const difference = input.map((value, at) => value - (baseline[at] ?? 0));
    const [start, end] = await target.gradients([baseline, input], control.signal, control.onProgress);
    const sum = { base: start?.value ?? Number.NaN, full: end?.value ?? Number.NaN };
    let evaluations = 2;
    let previous: readonly Float64Array[] = [];
    let found = { values: new Float64Array(), converged: false, figures: { steps: 0 } };
    for (const steps of stepCounts(question)) {
      const nodes = legendreNodes(steps);
      const values = new Float64Array(input.length / width);
      const pointAt = (index: number) =>
        baseline.map((value, at) => value + (nodes[index]?.at ?? 0) * (difference[at] ?? 0));
      const add = ({ gradient }: PointGradient, index: number) => {
        const weight = nodes[index]?.weight ?? 0;
        tokenProducts(gradient, difference, width).forEach((score, token) => {
          values[token] = (values[token] ?? 0) + weight * score;
        });
      };
      await eachGradient(target, steps, pointAt, add, control, evaluations);
      evaluations += steps;
      const { gap } = balanceOf(values, sum.base, sum.full);
      const missing = values.reduce((total, score) => total + score, sum.base) - sum.full;
      const complete = gap === 0 || Math.abs(missing) <= limits.tolerance * largestOf(values);
      const converged = complete && settled(values, previous);
      previous = [...previous, values].slice(-2);
      found = { values, converged, figures: { steps } };
      if (converged) {
        break;
      }
    }
    return { ...found, sum, evaluations };
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
