/** `base` to a whole exponent from 0, by squaring: the same digits in every version of the JavaScript engine, which `**` does not promise. */
export function wholePower(base: number, exponent: number): number {
  let [power, square] = [1, base];
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      power *= square;
    }
    square *= square;
  }
  return power;
}
