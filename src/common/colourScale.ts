import type { Attribution } from "./explanation";
import { methodInfo } from "./method";

/** Colour buckets on each side of zero. */
export const bucketCount = 5;

/** How many standard errors a score must be away from 0 to count as more than chance. */
const believedErrors = 2;

/** Share of the strongest score under which nothing is drawn. */
const faintest = 0.05;

/** The same where scores are {@link isEstimated}: on a paragraph of 267 tokens those under it were off by nearly their own size against twenty times the evaluations, those above by half of it at most. */
const faintestEstimate = 0.1;

/** How much more than an even share of attention a unit gets at least, to have a bar. */
const leastExcess = 0.5;

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

/** Whether relevance alone says how scores are shared out inside the text, or inside blocks of it. */
function isEstimated({ method, converged }: Pick<Attribution, "method" | "converged">): boolean {
  return methodInfo(method).estimates === "always" || isUnfinished({ method, converged });
}

/** Whether a method that could share out everything exactly has not got so far. */
export function isUnfinished({ method, converged }: Pick<Attribution, "method" | "converged">): boolean {
  return methodInfo(method).estimates === "untilConverged" && converged !== true;
}

/** Whether a method's local model says no more of the model than a constant would: R² on masks that it was not fitted to. */
export function saysNothing({ quality: { r2 } }: Pick<Attribution, "quality">): boolean {
  return r2 !== undefined && !(r2 > 0);
}

/** The share of the strongest score under which a score of this attribution has no colour anywhere; infinite where it {@link saysNothing}. */
export function faintestOf(attribution: Pick<Attribution, "method" | "converged" | "quality">): number {
  if (saysNothing(attribution)) {
    return Number.POSITIVE_INFINITY;
  }
  return isEstimated(attribution) ? faintestEstimate : faintest;
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

/** The largest absolute score of those that are not within their error, which has the strongest colour. */
export function largestBelieved(scores: readonly Measured[]): number {
  return largestMagnitude(scores.filter((one) => !withinError(one)).map(({ score }) => score));
}

/** The signed colour buckets of all scores of one method, −5 to 5; 0 is no colour: within its error, or under `least` of the largest that is not (see {@link faintestOf}). */
export function scoreBuckets(scores: readonly Measured[], least = faintest): number[] {
  const largest = largestBelieved(scores);
  return scores.map((one) => (withinError(one) ? 0 : scoreBucket(one.score, largest, least)));
}

/** The buckets, 0 to 5, of scores without a sign, on a root scale so that small ones can be told apart. */
export function sizeBuckets(scores: readonly Measured[]): number[] {
  const largest = largestBelieved(scores);
  return scores.map((one) => (withinError(one) ? 0 : attentionBucket(one.score, largest)));
}

/** The attention that a unit receives, and how many tokens it is made of. */
export interface Received {
  readonly weight: number;
  readonly tokens: number;
}

/**
 * The buckets, 0 to 5, of the bars under units that receive attention, by how much it is more than an even share. An even share is one of tokens, so that a sentence has no bar for being
 * long. What is near it has none: about half of a text lies above, and what is under every other word says nothing.
 */
export function attentionBars(units: readonly Received[]): number[] {
  const total = units.reduce((sum, { weight }) => sum + weight, 0);
  const tokens = units.reduce((sum, unit) => sum + unit.tokens, 0);
  const excess = units.map((unit) => (unit.weight * tokens) / (total * unit.tokens) - 1);
  const largest = largestMagnitude(excess.filter((one) => one > 0));
  return excess.map((one) => (one >= leastExcess ? scoreBucket(one, largest) : 0));
}

/** The signed bucket of one score, −5 to 5; 0 under `least` of `largest`. */
function scoreBucket(score: number, largest: number, least = faintest): number {
  const share = Math.abs(score) / largest;
  return share >= least ? Math.sign(score) * Math.min(bucketCount, Math.ceil(share * bucketCount)) : 0;
}

/** The bucket of one score without a sign, 0 to 5, on a root scale. */
function attentionBucket(weight: number, largest: number): number {
  return scoreBucket(Math.sqrt(Math.max(0, weight)), Math.sqrt(largest));
}

/** The largest absolute score, at least a tiny positive number so that it can divide. */
export function largestMagnitude(scores: readonly number[]): number {
  return scores.reduce((largest, score) => Math.max(largest, Math.abs(score)), Number.MIN_VALUE);
}
