/** Where between 0 and 1 a parabola is least that has these values at 0, at a half and at 1. */
export function leastShare(zero: number, half: number, one: number): number {
  const bend = 2 * (zero - 2 * half + one);
  const share = bend > 0 ? (bend + zero - one) / (2 * bend) : one < zero ? 1 : 0;
  return Math.min(1, Math.max(0, share));
}
