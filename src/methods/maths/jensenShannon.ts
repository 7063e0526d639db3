/** The Jensen–Shannon divergence of two lists of weights, each made to add up to 1: ½ Σ p ln(p/m) + ½ Σ q ln(q/m) with m = (p + q)/2, from 0 (the same) to ln 2 (nothing in common). */
export function jensenShannon(first: readonly number[], second: readonly number[]): number {
  const total = (list: readonly number[]) => list.reduce((sum, weight) => sum + weight, 0);
  const [all, others] = [total(first), total(second)];
  const part = (share: number, middle: number) => (share > 0 ? share * Math.log(share / middle) : 0);
  const twice = first.reduce((sum, weight, at) => {
    const [p, q] = [weight / all, (second[at] ?? 0) / others];
    const middle = (p + q) / 2;
    return sum + part(p, middle) + part(q, middle);
  }, 0);
  return Math.max(0, twice / 2);
}
