import { attributeOf, integerAttribute } from "../../node";
import type { Rule } from "../rule";
import { unbroadcast } from "../unbroadcast";

/*
 * Operators that give the elements another order or copy them whole. The way back takes each adjoint to where its element came from.
 */

/** y has the elements of x in the same order: ∂x = g in the shape of x. For Reshape, Flatten, Squeeze and Unsqueeze. */
const reshape: Rule = ({ x: [x], g, w }) => [() => w.reshapeLike(g, x)];

/** y = x with its axes in another order: ∂x = g with them put back. */
const transpose: Rule = ({ node, g, w }) => [
  () => {
    const order = attributeOf(node, "perm")?.ints.map(Number);
    // Without an order all axes are reversed, which undoes itself.
    return w.op("Transpose", [g], order ? { perm: order.map((_, axis) => order.indexOf(axis)) } : {});
  },
];

/** y = x spread over a larger shape: ∂x = the sum of g over all copies. */
const expand: Rule = ({ x: [x], g, w }) => [() => unbroadcast(g, x, w)];

/** y = x repeated along its axes: with each axis of g taken apart into [repeats, size], ∂x = the sum over the repeats. */
const tile: Rule = ({ node, x: [x, repeats], g, w }) => [
  () => {
    const rank = w.rank(x, node.opType ?? "");
    const pairs = w.op("Concat", [w.unsqueeze(repeats, [1]), w.unsqueeze(w.shape(x), [1])], { axis: 1 });
    const apart = w.reshape(g, w.op("Reshape", [pairs, w.integers([-1])]));
    const repeatAxes = Array.from({ length: rank }, (_, axis) => 2 * axis);
    return rank === 0 ? g : w.reshapeLike(w.sum(apart, repeatAxes, false), x);
  },
];

/** y = x with what lies beyond a diagonal set to 0: ∂x = g treated the same way. */
const trilu: Rule = ({ node, x: [, k], g, w }) => [
  () => w.op("Trilu", k ? [g, k] : [g], { upper: integerAttribute(node, "upper", 1) }),
];

/** yᵢ = Σ xⱼ over j ≤ i along an axis: ∂xⱼ = Σ gᵢ over i ≥ j, the same sum from the other end. */
const cumSum: Rule = ({ node, x: [, axis], g, w }) => [
  () =>
    w.op("CumSum", [g, axis], {
      exclusive: integerAttribute(node, "exclusive", 0),
      reverse: 1 - integerAttribute(node, "reverse", 0),
    }),
];

/** Rules of operators that arrange, repeat, drop or add up elements by where they are. */
export const shaping: ReadonlyMap<string, Rule> = new Map([
  ["Reshape", reshape],
  ["Flatten", reshape],
  ["Squeeze", reshape],
  ["Unsqueeze", reshape],
  ["Transpose", transpose],
  ["Expand", expand],
  ["Tile", tile],
  ["Trilu", trilu],
  ["CumSum", cumSum],
]);
