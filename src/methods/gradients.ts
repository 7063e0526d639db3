import { type Balance, balanceOf } from "./balance";
import { legendreNodes } from "./legendre";
import type { MethodRun } from "./methodRun";
import { SeededRandom } from "./random";

/** The target as a function of word embeddings: all that a gradient method sees of model and text. Tensors are float32 [tokens, width]. */
export interface EmbeddedTarget {
  readonly width: number;
  /** The embeddings of the text. */
  readonly input: Float32Array;
  /** The embeddings of the text without content; equal to {@link input} at tokens that always stay, such as special ones. */
  readonly baseline: Float32Array;
  /** The target and its gradient at each point. Runs in short batches; `onDone` hears how many points are done. */
  gradients(
    points: readonly Float32Array[],
    signal: AbortSignal,
    onDone?: (pointsDone: number) => void,
  ): Promise<readonly PointGradient[]>;
}

/** The target's value at a point, and its gradient there, [tokens, width]. */
export interface PointGradient {
  readonly value: number;
  readonly gradient: Float32Array;
}

/** What a gradient method found: one score per position of the row, and how many gradients it took. */
export interface GradientResult {
  readonly scores: Float64Array;
  readonly evaluations: number;
  /** How far {@link integratedGradients} is right. */
  readonly integral?: Integral;
}

/** Saliency ‖∂f/∂eᵢ‖₂ of each token (Simonyan, Vedaldi and Zisserman 2014, with the Euclidean norm over the width). */
export async function saliency(target: EmbeddedTarget, run: Omit<MethodRun, "seed">): Promise<GradientResult> {
  const [at] = await target.gradients([target.input], run.signal, run.onProgress);
  return { scores: norms(at?.gradient ?? target.input, target.width), evaluations: 1 };
}

/** Gradient × input Σ_d e_id·∂f/∂e_id of each token (Shrikumar et al. 2016). */
export async function gradientXInput(target: EmbeddedTarget, run: Omit<MethodRun, "seed">): Promise<GradientResult> {
  const [at] = await target.gradients([target.input], run.signal, run.onProgress);
  return { scores: tokenProducts(at?.gradient ?? target.input, target.input, target.width), evaluations: 1 };
}

/** Samples of {@link smoothGrad}, and the standard deviation of its noise relative to that of the embeddings. */
export const smoothGradDefaults = { samples: 25, noise: 0.15 } as const;
const noiseStream = 4;

/**
 * SmoothGrad: the norm of the mean gradient under normal noise (Smilkov et al. 2017, eq. 1); tokens that always stay get none. The noise is
 * drawn from the run's seed.
 */
export async function smoothGrad(target: EmbeddedTarget, run: MethodRun): Promise<GradientResult> {
  const { samples, noise } = smoothGradDefaults;
  const { input, baseline, width } = target;
  const random = SeededRandom.fromSeed(run.seed, noiseStream);
  const moves = movable(input, baseline, width);
  const sigma = noise * standardDeviation(input.filter((_, at) => moves[Math.floor(at / width)]));
  const points = Array.from({ length: samples }, () =>
    input.map((value, at) => (moves[Math.floor(at / width)] ? value + sigma * random.normal() : value)),
  );
  const found = await target.gradients(points, run.signal, run.onProgress);
  const mean = new Float32Array(input.length);
  for (const { gradient } of found) {
    for (let at = 0; at < mean.length; at++) {
      mean[at] = (mean[at] ?? 0) + (gradient[at] ?? 0) / samples;
    }
  }
  return { scores: norms(mean, width), evaluations: samples };
}

/** What tells how far an integral along the way from the baseline to the text is right. */
export interface Integral extends Balance {
  readonly steps: number;
  readonly converged: boolean;
}

/**
 * Steps of {@link integratedGradients}: the first try and the last; and what may be missing from the sum, as a share of it, and how far a score
 * may move when the steps are doubled, as a share of the largest.
 */
export const integrationLimits = { first: 8, last: 128, tolerance: 0.05 } as const;

/** The most gradients integrated gradients ask for. */
export function mostIntegrationEvaluations(): number {
  let total = 2;
  for (let steps: number = integrationLimits.first; steps <= integrationLimits.last; steps *= 2) {
    total += steps;
  }
  return total;
}

/**
 * Integrated gradients (e − e′)·∫₀¹ ∇f(e′ + α(e − e′)) dα summed over the width (Sundararajan, Taly and Yan 2017, eq. 1), by Gauss–Legendre
 * quadrature. The steps are doubled until the scores add up to f(e) − f(e′) and no longer move, both within {@link integrationLimits}, or the last
 * number is reached: errors of single tokens may cancel in the sum.
 */
export async function integratedGradients(
  target: EmbeddedTarget,
  run: Omit<MethodRun, "seed">,
): Promise<GradientResult> {
  const { input, baseline, width } = target;
  const difference = input.map((value, at) => value - (baseline[at] ?? 0));
  let evaluations = 0;
  const gradients = async (points: readonly Float32Array[]) => {
    const before = evaluations;
    const found = await target.gradients(points, run.signal, (done) => run.onProgress?.(before + done));
    evaluations += points.length;
    return found;
  };
  const [start, end] = await gradients([baseline, input]);
  const [baseValue, fullValue] = [start?.value ?? Number.NaN, end?.value ?? Number.NaN];
  let previous: Float64Array | undefined;
  for (let steps: number = integrationLimits.first; ; steps *= 2) {
    const nodes = legendreNodes(steps);
    const points = nodes.map(({ at }) => baseline.map((value, index) => value + at * (difference[index] ?? 0)));
    const found = await gradients(points);
    const scores = new Float64Array(input.length / width);
    for (const [index, { gradient }] of found.entries()) {
      const weight = nodes[index]?.weight ?? 0;
      tokenProducts(gradient, difference, width).forEach((score, token) => {
        scores[token] = (scores[token] ?? 0) + weight * score;
      });
    }
    const balance = balanceOf(scores, baseValue, fullValue);
    const converged = balance.gap <= integrationLimits.tolerance && settled(scores, previous);
    previous = scores;
    if (converged || steps >= integrationLimits.last) {
      return { scores, evaluations, integral: { ...balance, steps, converged } };
    }
  }
}

function settled(scores: Float64Array, previous: Float64Array | undefined): boolean {
  const largest = Math.max(...scores.map(Math.abs));
  const moved = scores.map((score, token) => Math.abs(score - (previous?.[token] ?? Number.POSITIVE_INFINITY)));
  return Math.max(...moved) <= integrationLimits.tolerance * largest;
}

/** Which tokens differ from their baseline. */
function movable(input: Float32Array, baseline: Float32Array, width: number): boolean[] {
  return Array.from({ length: input.length / width }, (_, token) => {
    const end = (token + 1) * width;
    for (let at = token * width; at < end; at++) {
      if (input[at] !== baseline[at]) {
        return true;
      }
    }
    return false;
  });
}

function norms(values: Float32Array, width: number): Float64Array {
  return tokenProducts(values, values, width).map(Math.sqrt);
}

/** Σ_d a_id·b_id for each token i. */
export function tokenProducts(a: Float32Array, b: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: a.length / width }, (_, token) => {
    let sum = 0;
    for (let at = token * width; at < (token + 1) * width; at++) {
      sum += (a[at] ?? 0) * (b[at] ?? 0);
    }
    return sum;
  });
}

function standardDeviation(values: Float32Array): number {
  const count = Math.max(1, values.length);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
}
