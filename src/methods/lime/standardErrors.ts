import { studentFactor } from "../maths/student";

/** What a foreseen variance weighs, in degrees of freedom of the one that rows have, and those that it has itself. */
const foreseenWeight = 64;
const foreseenFreedom = 8;

/** What is known of a coefficient's variance, one entry a feature. */
export interface KnownVariances {
  /** Of the residuals' fit, from the rows themselves, and the degrees of freedom in that. */
  readonly sampled: Float64Array;
  readonly freedom: Float64Array;
  /** Of the residuals' fit, as it was to be expected. */
  readonly foreseen: Float64Array;
  /** Of the population's fit. */
  readonly drawn: Float64Array;
}

/**
 * Standard errors whose double is about a 95 % interval. Where residuals spread less over the rows than was to be expected, rare large ones may have been missed: both variances are
 * pooled, which changes little where many rows count. Then they are widened to the interval of Student's distribution.
 */
export function standardErrors({ sampled, freedom, foreseen, drawn }: KnownVariances): Float64Array {
  return sampled.map((own, i) => {
    const [ownFreedom, other] = [freedom[i] ?? 0, foreseen[i] ?? 0];
    if (other <= own) {
      return Math.sqrt(own + (drawn[i] ?? 0)) * studentWidening(ownFreedom);
    }
    const pooled = (ownFreedom * own + foreseenWeight * other) / (ownFreedom + foreseenWeight);
    return Math.sqrt(pooled + (drawn[i] ?? 0)) * studentWidening(ownFreedom + foreseenFreedom);
  });
}

/** Widening to the interval of Student's distribution, by no more than for two degrees of freedom; none for 0 degrees, where nothing varies. */
function studentWidening(freedom: number): number {
  return freedom > 0 ? studentFactor(Math.max(2, freedom)) : 1;
}
