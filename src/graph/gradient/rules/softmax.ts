import { elementTypes } from "../../elementType";
import { integerAttribute } from "../../node";
import type { Rule } from "../rule";
import type { Writer } from "../writer";

/*
 * Distributions over an axis. A row of scores that is −∞ throughout, as for a padded query, has NaN for probabilities. It is taken as 0 on the way
 * back: it then gets the gradient 0 that a mask of large finite numbers would give, instead of spoiling every gradient of the text.
 */

/** y = softmax(x): ∂x = y·(g − Σ g·y), summed over the axis. */
const softmax: Rule = ({ node, y, g, w }) => [
  () => {
    const axis = integerAttribute(node, "axis", -1);
    const p = positive(y, w);
    const weighted = w.mul(p, g);
    return w.sub(weighted, w.mul(p, w.sum(weighted, [axis], true)));
  },
];

/** y = x − log Σ eˣ: ∂x = g − eʸ·Σ g, summed over the axis. */
const logSoftmax: Rule = ({ node, y, g, w }) => [
  () => {
    const axis = integerAttribute(node, "axis", -1);
    return w.sub(g, w.mul(positive(w.op("Exp", [y]), w, y), w.sum(g, [axis], true)));
  },
];

/** {@link withoutNaN} of what is never negative. In single precision by a threshold, which the runtime takes in one step: no number is not above 0. */
export function positive(value: string, w: Writer, like = value): string {
  return w.typeOf(like) === elementTypes.float32
    ? w.op("ThresholdedRelu", [value], { alpha: { float: 0 } })
    : withoutNaN(value, w, like);
}

/** A value with 0 where it is no number; `like` is a value of the forward pass of the same element type, by default the value itself. */
export function withoutNaN(value: string, w: Writer, like = value): string {
  return w.where(w.op("IsNaN", [value]), w.number(0, like), value);
}

/** Rules of Softmax and LogSoftmax. */
export const distributions: ReadonlyMap<string, Rule> = new Map([
  ["Softmax", softmax],
  ["LogSoftmax", logSoftmax],
]);
