import type { Rule } from "../rule";
import { unbroadcast } from "../unbroadcast";

/*
 * Operators on several tensors of like shape. An operand may be spread over the result's shape as numpy does it; its adjoint is then the sum
 * over all places it was copied to, which `unbroadcast` writes.
 */

/** y = a + b: ∂a = g, ∂b = g. */
const add: Rule = ({ x: [a, b], g, w }) => [() => unbroadcast(g, a, w), () => unbroadcast(g, b, w)];

/** y = a − b: ∂a = g, ∂b = −g. */
const sub: Rule = ({ x: [a, b], g, w }) => [() => unbroadcast(g, a, w), () => unbroadcast(w.neg(g), b, w)];

/** y = a·b: ∂a = g·b, ∂b = g·a. */
const mul: Rule = ({ x: [a, b], g, w }) => [() => unbroadcast(w.mul(g, b), a, w), () => unbroadcast(w.mul(g, a), b, w)];

/** y = a/b: ∂a = g/b, ∂b = −g·y/b. */
const div: Rule = ({ x: [a, b], y, g, w }) => [
  () => unbroadcast(w.div(g, b), a, w),
  () => unbroadcast(w.neg(w.div(w.mul(g, y), b)), b, w),
];

/** y = Σ xᵢ: ∂xᵢ = g. */
const sum: Rule = ({ node, g, w }) => node.input.map((x) => () => unbroadcast(g, x, w));

/** y = aᵖ: ∂a = g·p·aᵖ⁻¹, ∂p = g·y·log a. Squares, the usual case, do without a power. */
const pow: Rule = ({ x: [a, p], y, g, w }) => {
  const exponent = () => w.castLike(p, a, w.typeOf(p));
  const isSquare = w.numbersOf(p)?.every((value) => value === 2) ?? false;
  const slope = () =>
    isSquare
      ? w.mul(w.number(2, a), a)
      : w.mul(exponent(), w.op("Pow", [a, w.sub(p, w.castLike(w.number(1, p), p, w.typeOf(p)))]));
  return [
    () => unbroadcast(w.mul(g, slope()), a, w),
    () => w.castLike(unbroadcast(w.mul(g, w.mul(y, w.op("Log", [a]))), p, w), p, w.typeOf(a)),
  ];
};

/** y = max(x₁, x₂, …), or min: ∂xᵢ = g / n where xᵢ = y, else 0, with n the number of operands that are equal to y there. */
const extreme: Rule = ({ node, y, g, w }) => {
  const hits = node.input.map((x) => w.castLike(w.op("Equal", [x, y]), y, undefined));
  const share = () => w.div(g, hits.slice(1).reduce(w.add, hits[0] ?? ""));
  return node.input.map((x, i) => () => unbroadcast(w.mul(share(), hits[i] ?? ""), x, w));
};

/** y = a where c, else b: ∂a = g where c, else 0; ∂b = 0 where c, else g. Never by multiplying: 0·∞ is no number. */
const where: Rule = ({ x: [c, a, b], y, g, w }) => [
  undefined,
  () => unbroadcast(w.where(c, g, w.number(0, y)), a, w),
  () => unbroadcast(w.where(c, w.number(0, y), g), b, w),
];

/** y = x held between bounds: ∂x = g where low < x < high, else 0. Bounds left out do not bound. */
const clip: Rule = ({ x: [x, low, high], g, w }) => {
  const inside = [...(low ? [w.op("Greater", [x, low])] : []), ...(high ? [w.op("Less", [x, high])] : [])];
  return [() => inside.reduce((kept, condition) => w.where(condition, kept, w.number(0, x)), g)];
};

/** y = x in another floating type: ∂x = g in the type of x. */
const cast: Rule = ({ x: [x], g, w }) => [() => w.castLike(g, x, undefined)];

/** Rules of sums, products and powers, element by element, and of what chooses or casts elements. */
export const arithmetic: ReadonlyMap<string, Rule> = new Map([
  ["Add", add],
  ["Sub", sub],
  ["Mul", mul],
  ["Div", div],
  ["Sum", sum],
  ["Pow", pow],
  ["Max", extreme],
  ["Min", extreme],
  ["Where", where],
  ["Clip", clip],
  ["Cast", cast],
  ["CastLike", cast],
]);
