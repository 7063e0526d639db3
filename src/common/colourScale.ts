import type { Attribution } from "./explanation";

/** Colour buckets on each side of zero. */
export const bucketCount = 5;

/** How many standard errors a score must be away from 0 to count as more than chance. */
const believedErrors = 2;

/** Shares of the strongest score under which nothing is drawn. */
const faintest = 0.05;

/** A score with its standard error: 0 where the method has none, infinite where it is not known yet. */
export interface Measured {
  readonly score: number;
  readonly error: number;
}

/** One score of an attribution with its error. */
export function measuredScore({ scores, standardErrors }: Attribution, index: number): Measured {
  const error = standardErrors === null ? 0 : (standardErrors[index] ?? Number.POSITIVE_INFINITY);
  return { score: scores[index] ?? 0, error };
}

/** The sum of scores whose errors are taken as uncorrelated, as the engine takes them for words and sentences. */
export function addedUp(parts: readonly Measured[]): Measured {
  const score = parts.reduce((sum, part) => sum + part.score, 0);
  return { score, error: Math.hypot(...parts.map(({ error }) => error)) };
}

/** Whether a score cannot be told from 0: it is under twice its standard error. Such a score gets no colour anywhere. */
export function withinError({ score, error }: Measured): boolean {
  return !(Math.abs(score) >= believedErrors * error);
}

/** The signed colour buckets of all scores of one method, −5 to 5; 0 is no colour: within its error, or under a twentieth of the largest that is not. */
export function scoreBuckets(scores: readonly Measured[]): number[] {
  const largest = largestMagnitude(scores.filter((one) => !withinError(one)).map(({ score }) => score));
  return scores.map((one) => (withinError(one) ? 0 : scoreBucket(one.score, largest)));
}

/** The buckets, 0 to 5, of scores without a sign, on a root scale so that small ones can be told apart. */
export function sizeBuckets(scores: readonly Measured[]): number[] {
  const largest = largestMagnitude(scores.filter((one) => !withinError(one)).map(({ score }) => score));
  return scores.map((one) => (withinError(one) ? 0 : attentionBucket(one.score, largest)));
}

/**
 * The buckets, 0 to 5, of the bars under units that receive attention. Less than an even share, which almost every token gets at least a part of, has no
 * bar: what is under every word says nothing.
 */
export function attentionBars(weights: readonly Measured[]): number[] {
  const even = weights.reduce((sum, { score }) => sum + score, 0) / weights.length;
  return sizeBuckets(weights).map((bucket, index) => ((weights[index]?.score ?? 0) < even * (1 - 1e-6) ? 0 : bucket));
}

/** The signed bucket of one score, −5 to 5; 0 under a twentieth of `largest`. */
export function scoreBucket(score: number, largest: number): number {
  const share = Math.abs(score) / largest;
  return share >= faintest ? Math.sign(score) * Math.min(bucketCount, Math.ceil(share * bucketCount)) : 0;
}

/** The bucket of one score without a sign, 0 to 5, on a root scale. */
export function attentionBucket(weight: number, largest: number): number {
  return scoreBucket(Math.sqrt(Math.max(0, weight)), Math.sqrt(largest));
}

/** The largest absolute score, at least a tiny positive number so that it can divide. */
export function largestMagnitude(scores: readonly number[]): number {
  return scores.reduce((largest, score) => Math.max(largest, Math.abs(score)), Number.MIN_VALUE);
}
