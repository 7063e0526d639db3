/** The point that a normal variable stays under with a chance of 97.5 %. */
const normalPoint = 1.959964;

/**
 * By what factor a standard error that is itself an estimate with so many degrees of freedom is widened, so that twice the error holds as often as with a known one: the ratio of the 97.5 % points of
 * Student's t and of the normal distribution (four terms of the expansion of Fisher and Cornish; a tenth too small with one degree, right to a hundredth from two on). Infinite without any.
 */
export function studentFactor(degrees: number): number {
  if (degrees <= 0) {
    return Number.POSITIVE_INFINITY;
  }
  const z = normalPoint;
  const [z2, z4, z6, z8] = [z ** 2, z ** 4, z ** 6, z ** 8];
  return (
    1 +
    (z2 + 1) / (4 * degrees) +
    (5 * z4 + 16 * z2 + 3) / (96 * degrees ** 2) +
    (3 * z6 + 19 * z4 + 17 * z2 - 15) / (384 * degrees ** 3) +
    (79 * z8 + 776 * z6 + 1482 * z4 - 1920 * z2 - 945) / (92_160 * degrees ** 4)
  );
}
