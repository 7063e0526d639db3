/** A node of a quadrature rule on [0, 1] and its weight; the weights add up to 1. */
interface QuadratureNode {
  readonly at: number;
  readonly weight: number;
}

/**
 * The Gauss–Legendre rule with `count` nodes on [0, 1], exact for polynomials up to degree 2·count − 1. The nodes are the zeros of the Legendre
 * polynomial, found by Newton's method from Tricomi's approximation; weights 2/((1 − x²)·P′(x)²), halved for an interval of length 1.
 */
export function legendreNodes(count: number): QuadratureNode[] {
  return Array.from({ length: count }, (_, index) => {
    let x = -Math.cos((Math.PI * (index + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      const { value, derivative } = legendre(count, x);
      slope = derivative;
      const move = value / derivative;
      x -= move;
      if (Math.abs(move) < 1e-15) {
        break;
      }
    }
    return { at: (x + 1) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}

/** P_count(x) and its derivative by the three-term recurrence. */
function legendre(count: number, x: number): { value: number; derivative: number } {
  let [before, value] = [1, x];
  for (let degree = 2; degree <= count; degree++) {
    [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
  }
  return { value, derivative: (count * (x * value - before)) / (x * x - 1) };
}
