import { type Balance, balanceOf } from "./balance";
import { legendreNodes } from "./maths/legendre";
import { SeededRandom } from "./maths/random";
import type { MethodRun } from "./methodRun";

/** The target as a function of word embeddings: all that a gradient method sees of model and text. Tensors are float32 [tokens, width]. */
export interface EmbeddedTarget {
  readonly width: number;
  /** The embeddings of the text. */
  readonly input: Float32Array;
  /** The embeddings of the text without content; equal to {@link input} at tokens that always stay, such as special ones. */
  readonly baseline: Float32Array;
  /** 1 for the text's own tokens, 0 for special ones; [tokens]. */
  readonly content: Uint8Array;
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
  /** How far scores from halves of the samples of {@link smoothGrad} are apart, as a share of the largest score. */
  readonly spread?: number;
  /** All scores of {@link gradientXInput} were what rounding leaves of 0. */
  readonly isRounding?: boolean;
}

/** Saliency ‖∂f/∂eᵢ‖₂ of each token (Simonyan, Vedaldi and Zisserman 2014, with the Euclidean norm over the width). */
export async function saliency(target: EmbeddedTarget, run: Omit<MethodRun, "seed">): Promise<GradientResult> {
  const [at] = await target.gradients([target.input], run.signal, run.onProgress);
  return { scores: norms(at?.gradient ?? target.input, target.width), evaluations: 1 };
}

/** Below this cosine between embedding and gradient, at every token, their product is what rounding leaves: by chance one is near 1/√width. */
const roundingCosine = 1e-3;

/**
 * Gradient × input Σ_d e_id·∂f/∂e_id of each token (Shrikumar et al. 2016). Where a normalisation follows the embeddings directly, their length
 * changes nothing and the product is 0; what the arithmetic leaves of it is no score.
 */
export async function gradientXInput(target: EmbeddedTarget, run: Omit<MethodRun, "seed">): Promise<GradientResult> {
  const { input, width } = target;
  const [at] = await target.gradients([input], run.signal, run.onProgress);
  const gradient = at?.gradient ?? input;
  const scores = tokenProducts(gradient, input, width);
  const [slopes, lengths] = [norms(gradient, width), norms(input, width)];
  const isRounding =
    largestOf(slopes) > 0 &&
    scores.every((score, token) => Math.abs(score) <= roundingCosine * (slopes[token] ?? 0) * (lengths[token] ?? 0));
  return isRounding ? { scores: scores.fill(0), evaluations: 1, isRounding } : { scores, evaluations: 1 };
}

/** Samples of {@link smoothGrad}, and the standard deviation of its noise relative to that of the embeddings. */
export const smoothGradDefaults = { samples: 25, noise: 0.15 } as const;
const noiseStream = 4;

/**
 * SmoothGrad: the norm of the mean gradient under normal noise on the text's own tokens (Smilkov et al. 2017, eq. 1). The noise is drawn from the run's
 * seed.
 */
export async function smoothGrad(target: EmbeddedTarget, run: MethodRun): Promise<GradientResult> {
  const { samples, noise } = smoothGradDefaults;
  const { input, content, width } = target;
  const random = SeededRandom.fromSeed(run.seed, noiseStream);
  const isOwn = (at: number) => content[Math.floor(at / width)] === 1;
  const sigma = noise * standardDeviation(input.filter((_, at) => isOwn(at)));
  const points = Array.from({ length: samples }, () =>
    input.map((value, at) => (isOwn(at) ? value + sigma * random.normal() : value)),
  );
  const found = await target.gradients(points, run.signal, run.onProgress);
  const [even, odd] = [0, 1].map((half) =>
    norms(
      meanGradient(
        found.filter((_, index) => index % 2 === half),
        input.length,
      ),
      width,
    ),
  );
  const scores = norms(meanGradient(found, input.length), width);
  const apart = scores.map((_, token) => (even?.[token] ?? 0) - (odd?.[token] ?? 0));
  return { scores, evaluations: samples, spread: largestOf(apart) / (largestOf(scores) || 1) };
}

function meanGradient(found: readonly PointGradient[], size: number): Float32Array {
  const mean = new Float32Array(size);
  for (const { gradient } of found) {
    for (let at = 0; at < size; at++) {
      mean[at] = (mean[at] ?? 0) + (gradient[at] ?? 0) / found.length;
    }
  }
  return mean;
}

/** What tells how far an integral along the way from the baseline to the text is right. */
export interface Integral extends Balance {
  readonly steps: number;
  readonly converged: boolean;
}

/**
 * Steps of {@link integratedGradients}: the first try and the last; and what may be missing from the sum, and how far a score may have moved while the
 * steps were doubled twice, both as a share of the largest score. One doubling is not enough: where a function has kinks, two rules may agree by chance.
 */
export const integrationLimits = { first: 4, last: 256, tolerance: 0.01 } as const;

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
  let previous: readonly Float64Array[] = [];
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
    const missing = scores.reduce((sum, score) => sum + score, baseValue) - fullValue;
    const complete = balance.gap === 0 || Math.abs(missing) <= integrationLimits.tolerance * largestOf(scores);
    const converged = complete && settled(scores, previous);
    previous = [...previous, scores].slice(-2);
    if (converged || steps >= integrationLimits.last) {
      return { scores, evaluations, integral: { ...balance, steps, converged } };
    }
  }
}

function settled(scores: Float64Array, previous: readonly Float64Array[]): boolean {
  const limit = integrationLimits.tolerance * largestOf(scores);
  return (
    previous.length === 2 &&
    previous.every((before) => largestOf(scores.map((score, token) => score - (before[token] ?? Number.NaN))) <= limit)
  );
}

function largestOf(scores: Float64Array): number {
  return scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
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
