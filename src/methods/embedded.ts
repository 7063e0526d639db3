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
  /** How many points one run computes, the same wherever it runs. */
  readonly pointsPerRun: number;
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
  /** Where the rules of the backward pass share relevance out: what goes to no word, by what takes it. */
  readonly absorbed?: { readonly biases: number; readonly places: number };
}

/**
 * Asks for the gradient at so many points, a run of them at a time, so that few are held at once, and hands each to `take`. `before`: how many
 * were asked for already. Rejects with the `cancelled` `ExplainError` once the signal aborts.
 */
export async function eachGradient(
  { gradients, pointsPerRun }: Pick<EmbeddedTarget, "gradients" | "pointsPerRun">,
  count: number,
  pointAt: (index: number) => Float32Array,
  take: (found: PointGradient, index: number) => void,
  { signal, onProgress }: Pick<MethodRun, "signal" | "onProgress">,
  before = 0,
): Promise<void> {
  for (let first = 0; first < count; first += pointsPerRun) {
    const points = Array.from({ length: Math.min(pointsPerRun, count - first) }, (_, at) => pointAt(first + at));
    const found = await gradients(points, signal);
    found.forEach((one, at) => {
      take(one, first + at);
    });
    onProgress?.(before + first + found.length);
  }
}

/** Σ_d a_id·b_id for each token i. */
export function tokenProducts(a: ArrayLike<number>, b: ArrayLike<number>, width: number): Float64Array {
  return Float64Array.from({ length: a.length / width }, (_, token) => {
    let sum = 0;
    for (let at = token * width; at < (token + 1) * width; at++) {
      sum += (a[at] ?? 0) * (b[at] ?? 0);
    }
    return sum;
  });
}

/** The Euclidean norm of each token's values over the width. */
export function tokenNorms(values: ArrayLike<number>, width: number): Float64Array {
  return tokenProducts(values, values, width).map(Math.sqrt);
}

/** The largest absolute score; 0 where there is none. */
export function largestOf(scores: Float64Array): number {
  return scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
}
