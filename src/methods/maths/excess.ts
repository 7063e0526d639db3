/** What is estimated counts as settled when the chance of any value to be off by more than allowed is under this, by the union bound. */
const unlikely = 0.01;
const mostExcess = 1e6;

/** By what factor normal errors of these sizes are too large for all of them to be likely within `allowed`; 1 or less where they are not. */
export function excessOf(standardErrors: Float64Array, allowed: number): number {
  const chance = (factor: number): number =>
    standardErrors.reduce((sum, error) => sum + (error === 0 ? 0 : tail((factor * allowed) / error)), 0);
  let [low, high] = [1, 1];
  // Errors that are no numbers are never likely to be small, whatever the factor.
  while (!(chance(high) <= unlikely) && high < mostExcess) {
    [low, high] = [high, high * 2];
  }
  while (high - low > 1e-3 * low) {
    const middle = (low + high) / 2;
    [low, high] = chance(middle) > unlikely ? [middle, high] : [low, middle];
  }
  return high;
}

/** About the chance of a normal variable to be more than so many standard deviations off: right to a tenth from one on. */
function tail(deviations: number): number {
  return Math.exp(-0.5 * deviations * deviations) / (1 + 1.1 * deviations);
}
