import { corruptSettings } from "./refusals";

/** Distances beyond this are no model's. */
const furthest = 2 ** 16;

/** How T5 tells distances apart. */
export interface Buckets {
  readonly count: number;
  /** From here on all are alike. */
  readonly furthest: number;
  /** Whether tokens see later ones. */
  readonly bothWays: boolean;
}

/**
 * The bucket of each distance from a query to a key, from −furthest to furthest: a bucket each for near ones, then buckets that grow with the logarithm (Raffel et al. 2020, section 2.1).
 * Throws `model-file-corrupt` where there are too few buckets or too large distances.
 */
export function relativeBuckets({ count, furthest: most, bothWays }: Buckets): readonly number[] {
  const perSide = bothWays ? Math.floor(count / 2) : count;
  const exact = Math.floor(perSide / 2);
  if (exact < 1 || most <= exact || most > furthest) {
    throw corruptSettings("relative_attention_num_buckets and relative_attention_max_distance do not fit each other");
  }
  const { fround, log } = Math;
  const range = fround(log(most / exact));
  const bucketOf = (distance: number): number => {
    if (distance < exact) {
      return distance;
    }
    // In 32-bit steps, as torch computes it: where the logarithm is whole the last bit decides.
    const grown = fround(fround(fround(log(fround(distance / exact))) / range) * (perSide - exact));
    return Math.min(exact + Math.trunc(grown), perSide - 1);
  };
  return Array.from({ length: 2 * most + 1 }, (_, index) => {
    const distance = Math.abs(index - most);
    if (index > most) {
      return bothWays ? perSide + bucketOf(distance) : 0;
    }
    return bucketOf(distance);
  });
}
