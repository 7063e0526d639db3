import { type Attribution, specialTotal } from "../../../src/common/explanation";

/** How a sum is checked by eye; `null` where the method has none. */
export interface ContributionSum {
  readonly base: number;
  readonly supports: number;
  /** At most 0. */
  readonly against: number;
  /** What special tokens get: 0 where the method leaves them alone. */
  readonly special: number;
  /** base + supports + against + special: what the local model says. */
  readonly local: number;
  readonly full: number;
  /** full − local. */
  readonly gap: number;
}

/** Base value + contributions = local model, against what the model says (all on the attribution's scale). */
export function contributionSum(attribution: Attribution): ContributionSum | null {
  const { baseValue: base, fullValue: full, scores } = attribution;
  if (base === null || full === null) {
    return null;
  }
  const supports = scores.reduce((sum, score) => sum + Math.max(0, score), 0);
  const against = scores.reduce((sum, score) => sum + Math.min(0, score), 0);
  const special = specialTotal(attribution);
  const local = base + supports + against + special;
  return { base, supports, against, special, local, full, gap: full - local };
}
