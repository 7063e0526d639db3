/** Colour buckets on each side of zero. */
export const bucketCount = 5;

/** The largest absolute score, at least a tiny positive number so that it can divide. */
export function largestMagnitude(scores: readonly number[]): number {
  return scores.reduce((largest, score) => Math.max(largest, Math.abs(score)), Number.MIN_VALUE);
}

/** The signed colour bucket of a score, −5 to 5; 0 (no colour) under a twentieth of `largest`. Editor and panel both use it. */
export function scoreBucket(score: number, largest: number): number {
  const share = Math.abs(score) / largest;
  if (!(share >= 0.05)) {
    return 0;
  }
  return Math.sign(score) * Math.min(bucketCount, Math.ceil(share * bucketCount));
}

/** The attention bucket, 0 to 5, on a root scale so that small shares can be told apart. */
export function attentionBucket(weight: number, largest: number): number {
  return scoreBucket(Math.sqrt(Math.max(0, weight)), Math.sqrt(largest));
}
